"""Published results, and the data sets that they were measured on."""
