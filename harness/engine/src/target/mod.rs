//! What a target file says: whom we test, and what we may do there. Knows no HTTP, and no text of a secret until it is used.
