"""Work outside requests: audits, reminders, delivery of mails, retention, resealing and revocation polling."""
