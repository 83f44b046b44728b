//! What a feature author sees.
