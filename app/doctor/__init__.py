"""`skillaudit doctor`: what keeps the App from working, found before a pull request does, each with what to do."""
