-- Rows that follow from the comments and their counters: signatures, votes, reactions, authors and the activity log.

INSERT INTO signatures (campaign_id, supporter_id, state, country, signed_at, email_hash, counted_hash)
SELECT 1, supporter_id, 'CONFIRMED', country, '2024-01-01 00:00:00+00:00', email_hash, email_hash
FROM profiles ORDER BY supporter_id;

INSERT INTO signature_days (campaign_id, day) VALUES (1, '2024-01-01');

INSERT INTO country_tallies (campaign_id, country, count, exact_count)
SELECT 1, country, count(*), count(*) FROM signatures GROUP BY country;

CREATE TEMP TABLE numbers AS
WITH RECURSIVE up(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM up WHERE number < 999) SELECT number FROM up;

-- as many voters as the counters say: consecutive supporters, starting at a place that depends on the comment
INSERT INTO votes (comment_id, supporter_id, direction, cast_at)
SELECT c.id, (c.id * 7919 + n.number) % (SELECT count(*) FROM supporters) + 1 AS voter,
    CASE WHEN n.number < c.up_count THEN 'UP' ELSE 'DOWN' END, c.created_at
FROM comments c CROSS JOIN numbers n ON n.rowid <= c.up_count + c.down_count ORDER BY voter, c.id;

INSERT INTO reactions (comment_id, supporter_id, kind, reacted_at)
SELECT c.id, (c.id * 6101 + n.number) % (SELECT count(*) FROM supporters) + 1 AS reactor,
    CASE n.number % 5 WHEN 0 THEN 'SOLIDARITY' WHEN 1 THEN 'HEART' WHEN 2 THEN 'APPLAUSE' WHEN 3 THEN 'CANDLE'
        ELSE 'OUTRAGE' END AS kind, c.created_at
FROM comments c CROSS JOIN numbers n ON n.rowid <= c.reaction_count ORDER BY reactor, c.id, kind;

INSERT INTO comment_authors (campaign_id, supporter_id, visible_count, last_commented_at)
SELECT 1, author_id, count(*), max(created_at) FROM comments GROUP BY author_id;

INSERT INTO activity (campaign_id, seq, kind, actor_id, subject_type, subject_id, occurred_at)
SELECT 1, id, 'SIGNED', supporter_id, 'Signature', id, signed_at FROM signatures ORDER BY id;

INSERT INTO activity (campaign_id, seq, kind, actor_id, subject_type, subject_id, thread_id, occurred_at)
SELECT 1, (SELECT count(*) FROM supporters) + id, CASE WHEN parent_id IS NULL THEN 'COMMENTED' ELSE 'REPLIED' END,
    author_id, 'Comment', id, root(path, id), created_at
FROM comments ORDER BY id;

UPDATE campaigns SET
    thread_count = (SELECT count(*) FROM comments WHERE parent_id IS NULL),
    listed_thread_count = (SELECT count(*) FROM comments WHERE parent_id IS NULL),
    reply_count = (SELECT count(*) FROM comments WHERE parent_id IS NOT NULL),
    author_count = (SELECT count(*) FROM comment_authors),
    direct_signature_count = (SELECT count(*) FROM signatures),
    partner_signature_count = (SELECT sum(signatures) FROM campaign_partners),
    supporter_count = (SELECT count(*) FROM signatures) + (SELECT sum(signatures) FROM campaign_partners),
    activity_seq = (SELECT count(*) FROM activity)
WHERE id = 1
