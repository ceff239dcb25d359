"""Language models over the chat-completions protocol: one client, its limits, its accounts, its cache."""
