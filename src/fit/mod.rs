//! Duration as a function of memory: curves, how well they fit, and how sure that is.
