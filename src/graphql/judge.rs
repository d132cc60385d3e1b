//! Judges documents and variables without a server around them: for lists of trusted ones, for tests and for fuzzing.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::parser::types::ExecutableDocument;

use super::document::{Documents, Limits, Refused, Trust, Way};
use super::written::Written;

/// Says what is wrong with documents, whatever their size.
#[derive(Debug, Clone)]
pub struct Judge(Documents);

impl Judge {
    /// Knows the schema.
    pub fn open() -> Self {
        Self::over(&super::sdl())
    }

    /// Knows another schema.
    pub fn over(sdl: &str) -> Self {
        Self(Documents::open(sdl, Limits::NONE))
    }

    /// Knows the schema, for those who want to see all of what is carried out.
    pub fn plain() -> Self {
        Self(Documents::read_for(Way::Plain, &super::sdl(), Limits::NONE))
    }

    /// What is wrong with a stranger's document.
    pub fn document(&self, text: &str) -> Result<(), Vec<String>> {
        self.judge(text, Trust::Stranger)
    }

    /// What is wrong with a document of the operator's own.
    pub fn trusted_document(&self, text: &str) -> Result<(), Vec<String>> {
        self.judge(text, Trust::Trusted)
    }

    fn judge(&self, text: &str, trust: Trust) -> Result<(), Vec<String>> {
        let document = self.0.judged(&text.into(), trust);
        document.map(drop).map_err(|refused| refused.messages())
    }

    /// What is carried out of a document's only operation with these values of variables, or what is wrong.
    pub fn carried_out(
        &self,
        text: &str,
        given: &Written,
    ) -> Result<ExecutableDocument, Vec<String>> {
        let refused = |refused: Arc<Refused>| refused.messages();
        let document = self.0.judged(&text.into(), Trust::Stranger);
        let document = document.map_err(refused)?;
        let plan = document
            .operation(None)
            .map_err(|failure| vec![failure.message])?;
        let values = self.0.coerce(plan, given).map_err(refused)?;
        Ok(plan.written(&values).0)
    }

    /// The values of the variables of a document's only operation, or what is wrong with them.
    pub fn variables(&self, text: &str, given: &Written) -> Result<serde_json::Value, Vec<String>> {
        let messages = |refused: &Refused| refused.messages();
        let document = self
            .0
            .judged(&text.into(), Trust::Stranger)
            .map_err(|refused| messages(&refused))?;
        let plan = document
            .operation(None)
            .map_err(|failure| vec![failure.message])?;
        let values = self
            .0
            .coerce(plan, given)
            .map_err(|refused| messages(&refused))?;
        Value::from(values)
            .into_json()
            .map_err(|error| vec![error.to_string()])
    }
}
