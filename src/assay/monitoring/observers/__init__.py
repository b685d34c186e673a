"""Parts of a look: each sees one thing in a scene, and says what it means for alerts."""
