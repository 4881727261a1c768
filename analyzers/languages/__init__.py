"""One reader a language: text in, the language-neutral program out."""
