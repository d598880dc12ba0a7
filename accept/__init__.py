"""The acceptance kit: deploys the program to a real account, tries what only an account can answer, and takes it away again."""
