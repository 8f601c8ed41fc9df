"""Work outside requests: audits, reminders, mail delivery, retention, resealing and revocation polling."""
