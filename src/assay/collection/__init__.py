"""Collection: pictures from public sources and one's own exports, with their rights, as a folder to train on."""
