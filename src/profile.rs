//! A measured function as a work profile: how long a request takes at each memory size.
