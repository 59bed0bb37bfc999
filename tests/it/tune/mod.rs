//! The tuning run as a machine: what it asks for, and what is left after it, whatever goes wrong.

mod adaptive; // runs that choose their sizes, on functions whose best size is known
mod failure_matrix; // a fault at every action, an end at every moment
mod flow; // what an undisturbed run does
mod history; // what production reported before the run
mod recommendation; // what follows from the calls: averages, choice, ties, bound, notes
mod support; // one plan, one simulated account, one journal
