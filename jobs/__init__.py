"""Work outside requests: audits, publications, reminders, mails, retention, resealing and revocation polling."""
