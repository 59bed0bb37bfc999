//! That the account in this process behaves like AWS: each rule, by the real client.

mod control; // the control plane
mod faults; // every fault
mod invoke; // invocations, logs, objects, roles
