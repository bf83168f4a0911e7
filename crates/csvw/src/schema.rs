//! The column contract: a CSVW table description.

mod columns;
mod datatypes;
mod dialects;
mod problem;
mod tables;

use std::collections::BTreeMap;

pub use problem::{SchemaError, SchemaProblem, Warning, WarningReason};

use crate::{datatype::Datatype, dialect::Dialect};

/// One column of the contract.
#[derive(Clone, Debug)]
pub struct Column {
    pub(crate) name: Box<str>,
    pub(crate) titles: Vec<String>,
    pub(crate) datatype: Datatype,
    pub(crate) required: bool,
    pub(crate) nulls: Vec<String>,
    pub(crate) default: Option<String>,
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Column {
    /// Name by which the program knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every spelling of its title.
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// What its cells may be.
    pub fn datatype(&self) -> &Datatype {
        &self.datatype
    }

    /// True when every row must have a value, which also makes the column itself required.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// A common property of the column, such as `schema:unitCode`, where its value is a text.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// The value of a cell: the default for an empty one, `None` for a text that means nothing.
    pub(crate) fn value_of<'t>(&'t self, text: &'t str) -> Option<&'t str> {
        let text = match &self.default {
            Some(default) if text.is_empty() => default,
            _ => text,
        };
        (!self.nulls.iter().any(|null| null == text)).then_some(text)
    }
}

/// The contract of one kind of file.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Vec<usize>,
    pub(crate) dialect: Dialect,
    pub(crate) url: Option<String>,
    pub(crate) warnings: Vec<Warning>,
}

impl Schema {
    /// Reads a CSVW description of one table.
    ///
    /// # Errors
    /// The first contradiction or unsupported demand, with its JSON path. Properties that are only unknown are
    /// [`Schema::warnings`].
    pub fn parse(json: &[u8]) -> Result<Self, SchemaError> {
        tables::parse(json)
    }

    /// The columns in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Index of a column by its name, for the readers of a row.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &*column.name == name)
    }

    /// Indexes of the columns that make up the key of a row.
    pub fn primary_key(&self) -> &[usize] {
        &self.primary_key
    }

    /// How files are written.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The `url` of the description, where it has one.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Properties that were not understood or have no effect here.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
