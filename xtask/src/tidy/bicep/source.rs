//! One Bicep file and its syntax tree.

use std::path::Path;

use anyhow::{Context as _, Result};
use tree_sitter::{Node, Parser, Tree};

use crate::tidy::{Findings, has_extension, relative};

/// A parsed file.
#[derive(Debug)]
pub(in crate::tidy) struct Source {
    shown: String,
    text: String,
    tree: Tree,
    /// Whether it gives values to the parameters of a template.
    pub(super) is_parameters: bool,
}

/// What declares a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declaration<'s> {
    pub(super) name: &'s str,
    pub(super) node: Node<'s>,
}

impl Source {
    /// Parses a file. The grammar has no parameter files: their `param x = …` is read as the `var x = …` that it is like.
    pub(in crate::tidy) fn parse(root: &Path, path: &Path, text: String) -> Result<Self> {
        let is_parameters = has_extension(path, "bicepparam");
        let text = if is_parameters {
            as_template(&text)
        } else {
            text
        };
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_bicep::LANGUAGE.into())?;
        let tree = parser.parse(&text, None).context("no syntax tree")?;
        let shown = relative(root, path).to_string();
        Ok(Self {
            shown,
            text,
            tree,
            is_parameters,
        })
    }

    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// The text of a node.
    pub(super) fn text<'s>(&'s self, node: Node<'s>) -> &'s str {
        &self.text[node.byte_range()]
    }

    /// `infra/main.bicep:7:3: what`, as editors understand it.
    pub(super) fn at(&self, node: Node<'_>, what: &str) -> String {
        let start = node.start_position();
        format!(
            "{}:{}:{}: {what}",
            self.shown,
            start.row + 1,
            start.column + 1
        )
    }

    pub(super) fn syntax_errors(&self) -> Findings {
        let broken = all(self.root())
            .into_iter()
            .filter(|node| node.is_error() || node.is_missing());
        broken
            .map(|node| {
                let near: String = self.text(node).chars().take(40).collect();
                self.at(node, &format!("syntax error near `{}`", near.trim()))
            })
            .collect()
    }

    /// Everything that is declared, of the kinds that can be referred to.
    pub(super) fn declarations(&self) -> Vec<Declaration<'_>> {
        let named = |node: &Node<'_>| {
            matches!(
                node.kind(),
                "parameter_declaration"
                    | "variable_declaration"
                    | "resource_declaration"
                    | "module_declaration"
                    | "type_declaration"
                    | "user_defined_function"
            )
        };
        self.top()
            .filter(named)
            .filter_map(|node| self.declared(node))
            .collect()
    }

    /// Names of the outputs.
    pub(super) fn outputs(&self) -> Vec<&str> {
        let outputs = self
            .top()
            .filter(|node| node.kind() == "output_declaration");
        outputs
            .filter_map(|node| Some(self.declared(node)?.name))
            .collect()
    }

    fn top(&self) -> impl Iterator<Item = Node<'_>> {
        let root = self.root();
        children(root).into_iter()
    }

    fn declared<'s>(&'s self, node: Node<'s>) -> Option<Declaration<'s>> {
        let name = children(node)
            .into_iter()
            .find(|child| child.kind() == "identifier")?;
        Some(Declaration {
            name: self.text(name),
            node,
        })
    }

    /// The text of a string without interpolation.
    pub(super) fn string(&self, node: Node<'_>) -> Option<String> {
        let parts = children(node);
        let plain =
            node.kind() == "string" && parts.iter().all(|part| part.kind() != "interpolation");
        plain.then(|| {
            let text = |part: &Node<'_>| self.text[part.byte_range()].replace("\\'", "'");
            parts.iter().map(text).collect()
        })
    }

    /// Names and values of an object whose names are texts.
    pub(super) fn properties<'s>(&'s self, object: Node<'s>) -> Vec<(String, Node<'s>)> {
        let property = |node: Node<'s>| {
            let parts = children(node);
            let (key, value) = (parts.first()?, parts.last()?);
            let name = match key.kind() {
                "string" => self.string(*key)?,
                _ => self.text(*key).to_owned(),
            };
            (parts.len() > 1).then_some((name, *value))
        };
        children(object)
            .into_iter()
            .filter(|node| node.kind() == "object_property")
            .filter_map(property)
            .collect()
    }
}

/// The named children of a node, comments left out.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    let children = node.named_children(&mut cursor);
    children.filter(|child| child.kind() != "comment").collect()
}

/// A node and everything below it.
pub(super) fn all(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = vec![node];
    let mut next = 0;
    while next < found.len() {
        let mut cursor = found[next].walk();
        let below: Vec<_> = found[next].children(&mut cursor).collect();
        found.extend(below);
        next += 1;
    }
    found
}

fn as_template(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("using ") {
            return String::new();
        }
        match line.strip_prefix("param ") {
            Some(rest) => format!("var {rest}"),
            None => line.to_owned(),
        }
    };
    text.lines().map(|read| line(read) + "\n").collect()
}
