"""The Data Rights Protocol 1.0, as the covered business: authorised agents ask on people's behalf."""
