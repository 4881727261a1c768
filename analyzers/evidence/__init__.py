"""What several rules look for: questions about an analysed tree, answered with the places that show it."""
