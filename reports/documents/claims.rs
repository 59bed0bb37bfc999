//! The claims of the five documents: quotes, judgements, and how these were reached.

mod answers;
mod document_000;
mod document_001;
mod document_002;
mod document_003;
mod document_004;
mod sources;

use super::runs::File;
// The rooms that the documents' own modules below use as `super::…`.
use super::{limits, numbers, runs, words};

/// The documents, in the order of their numbers.
pub(crate) static DOCUMENTS: [Document; 5] = [
    Document {
        file: "000_cb16572046954a8a.txt",
        title: "Serverless Patterns (with a decision table)",
        claims: document_000::CLAIMS,
    },
    Document {
        file: "001_1c8a96a4d2b1bb3c.txt",
        title: "Serverless Patterns (Lambda, Cloud Run, Azure Functions)",
        claims: document_001::CLAIMS,
    },
    Document {
        file: "002_4ab95eb94c2f692f.txt",
        title: "AWS Lambda: Serverless Patterns That Scale",
        claims: document_002::CLAIMS,
    },
    Document {
        file: "003_2d76a25b0a7e6c3d.txt",
        title: "a guide to serverless architecture (untitled)",
        claims: document_003::CLAIMS,
    },
    Document { file: "004_1a67e6fbc20468bf.txt", title: "Serverless & Functions-as-a-Service", claims: document_004::CLAIMS },
];

/// One of the five documents.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its file name, as in the price book `documents`.
    pub(crate) file: &'static str,
    /// What it calls itself.
    pub(crate) title: &'static str,
    /// Its claims, in its own order.
    pub(crate) claims: &'static [Claim],
}

/// A sentence or number of a document, and what is known about it.
#[derive(Debug)]
pub(crate) struct Claim {
    /// A short quote.
    pub(crate) quote: &'static str,
    /// How it was judged.
    pub(crate) answer: Answer,
}

/// How a claim was judged.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The model computed it.
    Computed {
        /// The judgement.
        verdict: Verdict,
        /// What the model says, with numbers computed when asked.
        says: fn() -> String,
        /// The scenario behind it; none for a price or a unit.
        scenario: Option<&'static File>,
        /// The sum that shows what is wrong; none unless something is.
        arithmetic: Option<fn() -> String>,
    },
    /// The provider's documentation says it; nothing was computed.
    Documented {
        /// The judgement.
        verdict: Verdict,
        /// The fact.
        fact: &'static str,
        /// Name and address of the page.
        source: (&'static str, &'static str),
    },
    /// Not judged: the model has no room for it yet.
    NotYet {
        /// What a judgement would need.
        needs: &'static str,
    },
}

/// The judgement on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It holds.
    Right,
    /// It does not hold.
    Wrong,
    /// It held once.
    Outdated,
    /// It holds in some cases that the document does not name.
    Depends,
}

impl Verdict {
    /// All of them, in the order of the summary.
    pub(crate) const ALL: [Self; 4] = [Self::Right, Self::Wrong, Self::Outdated, Self::Depends];

    /// As written in the tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Outdated => "outdated",
            Self::Depends => "depends",
        }
    }
}

impl Answer {
    /// The judgement, if there is one.
    pub(crate) const fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Computed { verdict, .. } | Self::Documented { verdict, .. } => Some(*verdict),
            Self::NotYet { .. } => None,
        }
    }
}

impl Claim {
    /// Judged by what the model computes from a scenario.
    pub(crate) const fn computed(quote: &'static str, verdict: Verdict, scenario: &'static File, says: fn() -> String) -> Self {
        Self { quote, answer: Answer::Computed { verdict, says, scenario: Some(scenario), arithmetic: None } }
    }

    /// Judged by a price or a unit of the model, without a scenario.
    pub(crate) const fn looked_up(quote: &'static str, verdict: Verdict, says: fn() -> String) -> Self {
        Self { quote, answer: Answer::Computed { verdict, says, scenario: None, arithmetic: None } }
    }

    /// Computed and found wrong, with the sum that shows it.
    pub(crate) const fn wrong(
        quote: &'static str,
        scenario: &'static File,
        says: fn() -> String,
        arithmetic: fn() -> String,
    ) -> Self {
        let verdict = Verdict::Wrong;
        Self { quote, answer: Answer::Computed { verdict, says, scenario: Some(scenario), arithmetic: Some(arithmetic) } }
    }

    /// Judged by the provider's documentation: name and address of the page.
    pub(crate) const fn documented(
        quote: &'static str,
        verdict: Verdict,
        fact: &'static str,
        source: (&'static str, &'static str),
    ) -> Self {
        Self { quote, answer: Answer::Documented { verdict, fact, source } }
    }

    /// Not judged.
    pub(crate) const fn not_yet(quote: &'static str, needs: &'static str) -> Self {
        Self { quote, answer: Answer::NotYet { needs } }
    }
}
