"""A recorded run becomes a bundle, in the forms that it is served in."""
