//! azure-functions-handler
