"""What is done to accounts: e-mails, passwords, second factors, sessions."""
