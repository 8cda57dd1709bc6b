"""The measures of assistance (by tier, 附件二) and cultivation (by category, 附件四) and who is in charge of each."""
