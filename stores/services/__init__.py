"""Where facts change. Views, tasks, pages and admin actions are doors that call these and hold no rules."""
