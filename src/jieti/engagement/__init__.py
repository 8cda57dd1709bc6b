"""Meeting the owners: grievances, needs, offers, duties, events, meetings, visits, awards, conversions (正文二(三))."""
