"""The acceptance kit: deploys the program to a real account, tests what only an account can show, and removes it again."""
