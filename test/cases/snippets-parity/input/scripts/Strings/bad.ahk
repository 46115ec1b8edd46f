; café ğŸ˜ end
