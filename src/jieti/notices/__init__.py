"""What people are told: on the site, by e-mail, by text message; and what they do not want to be told."""
