//! The driver that carries out on AWS what the tuner asks for.
