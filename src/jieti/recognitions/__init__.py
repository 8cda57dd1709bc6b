"""分类认定 名特优新 (附件三): the yearly campaign, from application or nomination to the title, and the years after."""
