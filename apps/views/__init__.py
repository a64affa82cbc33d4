"""One module per bench: plain functions from inputs to `hrnet.show.Shown`. No front end is imported here."""
