//! The integration tests, one module per subject.

mod documents_study; // reports/documents is what the model says today
mod reference; // numbers from elsewhere: AWS's worked examples, an independent estimator
mod support; // one scenario text in, one estimate out
