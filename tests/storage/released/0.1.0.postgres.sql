SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.activity (
    id bigint NOT NULL,
    seq bigint NOT NULL,
    kind character varying(24) NOT NULL,
    subject_type character varying(16) NOT NULL,
    subject_id bigint NOT NULL,
    thread_id bigint,
    occurred_at timestamp with time zone NOT NULL,
    actor_id bigint,
    campaign_id bigint NOT NULL,
    detail jsonb
);
COMMENT ON COLUMN public.activity.kind IS 'SIGNED: SIGNED\nCOMMENTED: COMMENTED\nREPLIED: REPLIED\nREACTED: REACTED\nDONATED: DONATED\nUPDATE_POSTED: UPDATE_POSTED\nMILESTONE_REACHED: MILESTONE_REACHED\nPARTNER_REPORTED: PARTNER_REPORTED\nCAMPAIGN_CHANGED: CAMPAIGN_CHANGED\nCOMMENT_EDITED: COMMENT_EDITED\nCOMMENT_REMOVED: COMMENT_REMOVED\nCOMMENT_RESTORED: COMMENT_RESTORED\nNAME_CHANGED: NAME_CHANGED';
COMMENT ON COLUMN public.activity.subject_type IS 'SIGNATURE: Signature\nCOMMENT: Comment\nUPDATE: CampaignUpdate\nCAMPAIGN: Campaign\nDONATION: Donation';
CREATE SEQUENCE public.activity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.activity_id_seq OWNED BY public.activity.id;
CREATE TABLE public.api_keys (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    prefix character varying(16) NOT NULL,
    scopes jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    supporter_id bigint NOT NULL
);
CREATE SEQUENCE public.api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.api_keys_id_seq OWNED BY public.api_keys.id;
CREATE TABLE public.confirmation_requests (
    id bigint NOT NULL,
    email_hash character varying(64) NOT NULL,
    asked_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.asked_addresses_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.asked_addresses_id_seq OWNED BY public.confirmation_requests.id;
CREATE TABLE public.audit_corrections (
    id bigint NOT NULL,
    table_name character varying(64) NOT NULL,
    row_id bigint NOT NULL,
    column_name character varying(64) NOT NULL,
    kept character varying(40) NOT NULL,
    counted character varying(40) NOT NULL,
    corrected_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.audit_corrections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_corrections_id_seq OWNED BY public.audit_corrections.id;
CREATE TABLE public.campaign_partners (
    id bigint NOT NULL,
    role character varying(200),
    signatures bigint NOT NULL,
    signatures_as_of date,
    campaign_id bigint NOT NULL,
    partner_id bigint NOT NULL
);
CREATE SEQUENCE public.campaign_partners_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaign_partners_id_seq OWNED BY public.campaign_partners.id;
CREATE TABLE public.campaign_updates (
    id bigint NOT NULL,
    title character varying(200) NOT NULL,
    body_markdown text NOT NULL,
    body_html text NOT NULL,
    is_pinned boolean NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    campaign_id bigint NOT NULL
);
CREATE SEQUENCE public.campaign_updates_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaign_updates_id_seq OWNED BY public.campaign_updates.id;
CREATE TABLE public.campaigns (
    id bigint NOT NULL,
    slug character varying(80) NOT NULL,
    title character varying(200) NOT NULL,
    call_to_action character varying(300) NOT NULL,
    target character varying(200) NOT NULL,
    body_markdown text NOT NULL,
    body_html text NOT NULL,
    search_text text NOT NULL,
    hero_image jsonb,
    footnotes jsonb NOT NULL,
    timeline jsonb NOT NULL,
    resources jsonb NOT NULL,
    donation jsonb,
    outcome jsonb,
    state character varying(16) NOT NULL,
    comment_policy character varying(16) NOT NULL,
    confirm_signatures boolean NOT NULL,
    name_display_ceiling character varying(20) NOT NULL,
    erasure_policy character varying(16) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    launched_at timestamp with time zone,
    closed_at timestamp with time zone,
    supporter_count bigint NOT NULL,
    direct_signature_count bigint NOT NULL,
    pending_signature_count bigint NOT NULL,
    partner_signature_count bigint NOT NULL,
    offline_signature_count bigint NOT NULL,
    withdrawn_signature_count bigint NOT NULL,
    signatures_as_of timestamp with time zone NOT NULL,
    audited_at timestamp with time zone,
    drift bigint NOT NULL,
    thread_count integer NOT NULL,
    reply_count integer NOT NULL,
    author_count integer NOT NULL,
    listed_thread_count integer NOT NULL,
    pending_comment_count integer NOT NULL,
    held_comment_count integer NOT NULL,
    rejected_comment_count integer NOT NULL,
    spam_comment_count integer NOT NULL,
    deleted_comment_count integer NOT NULL,
    queued_comment_count integer NOT NULL,
    comments_as_of timestamp with time zone NOT NULL,
    update_count integer NOT NULL,
    activity_seq bigint NOT NULL,
    consent_questions jsonb DEFAULT '[]'::jsonb NOT NULL,
    ticker_name_ceiling character varying(20) DEFAULT 'FIRST_NAME_INITIAL'::character varying NOT NULL
);
COMMENT ON COLUMN public.campaigns.state IS 'DRAFT: DRAFT\nLIVE: LIVE\nPAUSED: PAUSED\nWON: WON\nLOST: LOST\nCLOSED: CLOSED\nARCHIVED: ARCHIVED';
COMMENT ON COLUMN public.campaigns.comment_policy IS 'OPEN: OPEN\nPREMODERATED: PREMODERATED\nCLOSED: CLOSED';
COMMENT ON COLUMN public.campaigns.name_display_ceiling IS 'FULL_NAME: FULL_NAME\nFIRST_NAME_INITIAL: FIRST_NAME_INITIAL\nINITIALS: INITIALS\nANONYMOUS: ANONYMOUS';
COMMENT ON COLUMN public.campaigns.erasure_policy IS 'KEEP_COUNT: KEEP_COUNT\nWITHDRAW: WITHDRAW';
CREATE SEQUENCE public.campaigns_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.campaigns_id_seq OWNED BY public.campaigns.id;
CREATE TABLE public.comment_authors (
    id bigint NOT NULL,
    visible_count integer NOT NULL,
    last_commented_at timestamp with time zone,
    campaign_id bigint NOT NULL,
    supporter_id bigint NOT NULL
);
CREATE SEQUENCE public.comment_authors_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.comment_authors_id_seq OWNED BY public.comment_authors.id;
CREATE TABLE public.comment_edits (
    id bigint NOT NULL,
    edited_at timestamp with time zone NOT NULL,
    body_markdown text NOT NULL,
    body_html text NOT NULL,
    comment_id bigint NOT NULL
);
CREATE SEQUENCE public.comment_edits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.comment_edits_id_seq OWNED BY public.comment_edits.id;
CREATE TABLE public.comment_flags (
    id bigint NOT NULL,
    reason character varying(16) NOT NULL,
    note text,
    flagged_at timestamp with time zone NOT NULL,
    comment_id bigint NOT NULL,
    supporter_id bigint NOT NULL
);
COMMENT ON COLUMN public.comment_flags.reason IS 'SPAM: SPAM\nABUSE: ABUSE\nHATE: HATE\nPERSONAL_DATA: PERSONAL_DATA\nOFF_TOPIC: OFF_TOPIC\nILLEGAL: ILLEGAL\nOTHER: OTHER';
CREATE SEQUENCE public.comment_flags_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.comment_flags_id_seq OWNED BY public.comment_flags.id;
CREATE TABLE public.comments (
    id bigint NOT NULL,
    path bytea NOT NULL,
    depth smallint NOT NULL,
    body_markdown text NOT NULL,
    body_html text NOT NULL,
    state character varying(16) NOT NULL,
    is_listed boolean NOT NULL,
    is_queued boolean NOT NULL,
    is_pinned boolean NOT NULL,
    is_locked boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    edited_at timestamp with time zone,
    active_at timestamp with time zone NOT NULL,
    up_count integer NOT NULL,
    down_count integer NOT NULL,
    score integer NOT NULL,
    solidarity_count integer NOT NULL,
    heart_count integer NOT NULL,
    applause_count integer NOT NULL,
    candle_count integer NOT NULL,
    outrage_count integer NOT NULL,
    reaction_count integer NOT NULL,
    engagement_count integer NOT NULL,
    reply_count integer NOT NULL,
    listed_reply_count integer NOT NULL,
    descendant_count integer NOT NULL,
    flag_count integer NOT NULL,
    author_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    parent_id bigint,
    updated_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    held_because character varying(32)
);
COMMENT ON COLUMN public.comments.state IS 'VISIBLE: VISIBLE\nPENDING: PENDING\nHELD: HELD\nREJECTED: REJECTED\nSPAM: SPAM\nDELETED: DELETED';
CREATE SEQUENCE public.comments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.comments_id_seq OWNED BY public.comments.id;
CREATE TABLE public.consents (
    id bigint NOT NULL,
    granted boolean NOT NULL,
    text_version character varying(100) NOT NULL,
    given_at timestamp with time zone NOT NULL,
    organisation_id bigint,
    supporter_id bigint NOT NULL
);
CREATE SEQUENCE public.consents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.consents_id_seq OWNED BY public.consents.id;
CREATE TABLE public.country_tallies (
    id bigint NOT NULL,
    country character varying(2) NOT NULL,
    count integer NOT NULL,
    campaign_id bigint NOT NULL
);
CREATE SEQUENCE public.country_tallies_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.country_tallies_id_seq OWNED BY public.country_tallies.id;
CREATE TABLE public.donation_corrections (
    id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    reason text NOT NULL,
    corrected_by character varying(64) NOT NULL,
    corrected_at timestamp with time zone NOT NULL,
    donation_id bigint NOT NULL
);
CREATE SEQUENCE public.donation_corrections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.donation_corrections_id_seq OWNED BY public.donation_corrections.id;
CREATE TABLE public.donation_totals (
    id bigint NOT NULL,
    currency character varying(3) NOT NULL,
    amount_minor bigint NOT NULL,
    campaign_id bigint NOT NULL
);
CREATE SEQUENCE public.donation_totals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.donation_totals_id_seq OWNED BY public.donation_totals.id;
CREATE TABLE public.donations (
    id bigint NOT NULL,
    provider_reference character varying(200) NOT NULL,
    amount_minor bigint NOT NULL,
    currency character varying(3) NOT NULL,
    frequency character varying(16) NOT NULL,
    state character varying(16) NOT NULL,
    donated_at timestamp with time zone NOT NULL,
    recorded_by character varying(64) NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    campaign_id bigint NOT NULL,
    donor_id bigint
);
COMMENT ON COLUMN public.donations.frequency IS 'ONCE: ONCE\nMONTHLY: MONTHLY\nYEARLY: YEARLY';
COMMENT ON COLUMN public.donations.state IS 'PLEDGED: PLEDGED\nPAID: PAID\nREFUNDED: REFUNDED\nFAILED: FAILED';
CREATE SEQUENCE public.donations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.donations_id_seq OWNED BY public.donations.id;
CREATE TABLE public.erasures (
    id bigint NOT NULL,
    supporter_id bigint NOT NULL,
    erased_at timestamp with time zone NOT NULL,
    erased_by character varying(64),
    signatures integer NOT NULL,
    comments integer NOT NULL,
    reactions integer NOT NULL,
    votes integer NOT NULL,
    donations integer NOT NULL
);
CREATE SEQUENCE public.erasures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.erasures_id_seq OWNED BY public.erasures.id;
CREATE TABLE public.idempotency_keys (
    id bigint NOT NULL,
    owner character varying(64) NOT NULL,
    mutation character varying(64) NOT NULL,
    key character varying(64) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    answer jsonb,
    created_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.idempotency_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.idempotency_keys_id_seq OWNED BY public.idempotency_keys.id;
CREATE TABLE public.identities (
    id bigint NOT NULL,
    issuer character varying(255) NOT NULL,
    subject_hash character varying(64) NOT NULL,
    subject_sealed bytea NOT NULL,
    digest character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    not_before timestamp with time zone,
    supporter_id bigint
);
CREATE SEQUENCE public.identities_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.identities_id_seq OWNED BY public.identities.id;
CREATE TABLE public.mails (
    id bigint NOT NULL,
    message_id character varying(32) NOT NULL,
    kind character varying(32) NOT NULL,
    email_sealed bytea,
    email_hash character varying(64),
    subject character varying(200) NOT NULL,
    text_sealed bytea,
    created_at timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    next_try_at timestamp with time zone,
    try_count integer NOT NULL,
    sent_at timestamp with time zone,
    failure character varying(200)
);
COMMENT ON COLUMN public.mails.kind IS 'SIGN_IN_CODE: SIGN_IN_CODE\nCONFIRM_SIGNATURE: CONFIRM_SIGNATURE\nCONFIRM_REMINDER: CONFIRM_REMINDER';
CREATE SEQUENCE public.mails_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mails_id_seq OWNED BY public.mails.id;
CREATE TABLE public.milestones (
    id bigint NOT NULL,
    count bigint NOT NULL,
    reached_at timestamp with time zone NOT NULL,
    campaign_id bigint NOT NULL
);
CREATE SEQUENCE public.milestones_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.milestones_id_seq OWNED BY public.milestones.id;
CREATE TABLE public.moderation_actions (
    id bigint NOT NULL,
    action character varying(16) NOT NULL,
    reason text,
    decided_at timestamp with time zone NOT NULL,
    comment_id bigint NOT NULL,
    moderator_id bigint NOT NULL
);
CREATE SEQUENCE public.moderation_actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.moderation_actions_id_seq OWNED BY public.moderation_actions.id;
CREATE TABLE public.partner_tallies (
    id bigint NOT NULL,
    signatures bigint NOT NULL,
    as_of date NOT NULL,
    evidence_url character varying(500),
    state character varying(16) NOT NULL,
    reported_by character varying(64) NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    decided_by character varying(64),
    decided_at timestamp with time zone,
    link_id bigint NOT NULL
);
COMMENT ON COLUMN public.partner_tallies.state IS 'ACCEPTED: ACCEPTED\nWAITING: WAITING\nREFUSED: REFUSED';
CREATE SEQUENCE public.partner_tallies_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.partner_tallies_id_seq OWNED BY public.partner_tallies.id;
CREATE TABLE public.partners (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    url character varying(500),
    logo jsonb
);
CREATE SEQUENCE public.partners_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.partners_id_seq OWNED BY public.partners.id;
CREATE TABLE public.profiles (
    id bigint NOT NULL,
    given_name character varying(100) NOT NULL,
    family_name_sealed bytea,
    family_name_first boolean NOT NULL,
    email_sealed bytea,
    email_hash character varying(64),
    email_verified boolean NOT NULL,
    country character varying(2),
    name_display character varying(20) NOT NULL,
    supporter_id bigint NOT NULL
);
COMMENT ON COLUMN public.profiles.name_display IS 'FULL_NAME: FULL_NAME\nFIRST_NAME_INITIAL: FIRST_NAME_INITIAL\nINITIALS: INITIALS\nANONYMOUS: ANONYMOUS';
CREATE SEQUENCE public.profiles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.profiles_id_seq OWNED BY public.profiles.id;
CREATE TABLE public.reactions (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    reacted_at timestamp with time zone NOT NULL,
    comment_id bigint NOT NULL,
    supporter_id bigint NOT NULL
);
COMMENT ON COLUMN public.reactions.kind IS 'SOLIDARITY: SOLIDARITY\nHEART: HEART\nAPPLAUSE: APPLAUSE\nCANDLE: CANDLE\nOUTRAGE: OUTRAGE';
CREATE SEQUENCE public.reactions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reactions_id_seq OWNED BY public.reactions.id;
CREATE TABLE public.revocations (
    id bigint NOT NULL,
    supporter_id bigint,
    session_id bigint,
    revoked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.revocations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.revocations_id_seq OWNED BY public.revocations.id;
CREATE TABLE public.sessions (
    id bigint NOT NULL,
    role character varying(16) NOT NULL,
    family character varying(32) NOT NULL,
    generation integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    refreshed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    supporter_id bigint NOT NULL
);
COMMENT ON COLUMN public.sessions.role IS 'ANONYMOUS: ANONYMOUS\nGUEST: GUEST\nSUPPORTER: SUPPORTER\nINTEGRATOR: INTEGRATOR\nMODERATOR: MODERATOR\nCAMPAIGNER: CAMPAIGNER\nADMIN: ADMIN';
CREATE SEQUENCE public.sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sessions_id_seq OWNED BY public.sessions.id;
CREATE TABLE public.sign_in_mailboxes (
    id bigint NOT NULL,
    email_hash character varying(64) NOT NULL,
    mail_count integer NOT NULL,
    counted_since timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.sign_in_mailboxes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sign_in_mailboxes_id_seq OWNED BY public.sign_in_mailboxes.id;
CREATE TABLE public.sign_in_requests (
    id bigint NOT NULL,
    request_hash character varying(64) NOT NULL,
    email_hash character varying(64) NOT NULL,
    digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    try_count integer NOT NULL,
    used_at timestamp with time zone
);
CREATE SEQUENCE public.sign_in_requests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sign_in_requests_id_seq OWNED BY public.sign_in_requests.id;
CREATE TABLE public.signature_days (
    id bigint NOT NULL,
    day date NOT NULL,
    direct_signature_count bigint DEFAULT 0 NOT NULL,
    partner_signature_count bigint DEFAULT 0 NOT NULL,
    campaign_id bigint NOT NULL
);
CREATE SEQUENCE public.signature_days_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.signature_days_id_seq OWNED BY public.signature_days.id;
CREATE TABLE public.signatures (
    id bigint NOT NULL,
    state character varying(16) NOT NULL,
    country character varying(2),
    signed_at timestamp with time zone NOT NULL,
    email_hash character varying(64),
    counted_hash character varying(64),
    is_counted boolean DEFAULT true NOT NULL,
    decided_at timestamp with time zone,
    remind_at timestamp with time zone,
    reminder_count integer DEFAULT 0 NOT NULL,
    campaign_id bigint NOT NULL,
    comment_id bigint,
    supporter_id bigint
);
COMMENT ON COLUMN public.signatures.state IS 'PENDING: PENDING\nCONFIRMED: CONFIRMED\nWITHDRAWN: WITHDRAWN\nREJECTED: REJECTED';
CREATE SEQUENCE public.signatures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.signatures_id_seq OWNED BY public.signatures.id;
CREATE TABLE public.supporters (
    id bigint NOT NULL,
    display_name character varying(210) NOT NULL,
    badge character varying(16) NOT NULL,
    name_ceiling character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    first_name_initial character varying(210) DEFAULT 'A supporter'::character varying NOT NULL,
    initials character varying(210) DEFAULT 'A supporter'::character varying NOT NULL
);
COMMENT ON COLUMN public.supporters.badge IS 'NONE: NONE\nFIRST_TIME: FIRST_TIME\nSUPPORTER: SUPPORTER\nPARTNER: PARTNER\nSTAFF: STAFF';
COMMENT ON COLUMN public.supporters.name_ceiling IS 'FULL_NAME: FULL_NAME\nFIRST_NAME_INITIAL: FIRST_NAME_INITIAL\nINITIALS: INITIALS\nANONYMOUS: ANONYMOUS';
CREATE SEQUENCE public.supporters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.supporters_id_seq OWNED BY public.supporters.id;
CREATE TABLE public.tortoise_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.tortoise_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tortoise_migrations_id_seq OWNED BY public.tortoise_migrations.id;
CREATE TABLE public.votes (
    id bigint NOT NULL,
    direction character varying(8) NOT NULL,
    cast_at timestamp with time zone NOT NULL,
    comment_id bigint NOT NULL,
    supporter_id bigint NOT NULL
);
COMMENT ON COLUMN public.votes.direction IS 'UP: UP\nDOWN: DOWN';
CREATE SEQUENCE public.votes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.votes_id_seq OWNED BY public.votes.id;
ALTER TABLE ONLY public.activity ALTER COLUMN id SET DEFAULT nextval('public.activity_id_seq'::regclass);
ALTER TABLE ONLY public.api_keys ALTER COLUMN id SET DEFAULT nextval('public.api_keys_id_seq'::regclass);
ALTER TABLE ONLY public.audit_corrections ALTER COLUMN id SET DEFAULT nextval('public.audit_corrections_id_seq'::regclass);
ALTER TABLE ONLY public.campaign_partners ALTER COLUMN id SET DEFAULT nextval('public.campaign_partners_id_seq'::regclass);
ALTER TABLE ONLY public.campaign_updates ALTER COLUMN id SET DEFAULT nextval('public.campaign_updates_id_seq'::regclass);
ALTER TABLE ONLY public.campaigns ALTER COLUMN id SET DEFAULT nextval('public.campaigns_id_seq'::regclass);
ALTER TABLE ONLY public.comment_authors ALTER COLUMN id SET DEFAULT nextval('public.comment_authors_id_seq'::regclass);
ALTER TABLE ONLY public.comment_edits ALTER COLUMN id SET DEFAULT nextval('public.comment_edits_id_seq'::regclass);
ALTER TABLE ONLY public.comment_flags ALTER COLUMN id SET DEFAULT nextval('public.comment_flags_id_seq'::regclass);
ALTER TABLE ONLY public.comments ALTER COLUMN id SET DEFAULT nextval('public.comments_id_seq'::regclass);
ALTER TABLE ONLY public.confirmation_requests ALTER COLUMN id SET DEFAULT nextval('public.asked_addresses_id_seq'::regclass);
ALTER TABLE ONLY public.consents ALTER COLUMN id SET DEFAULT nextval('public.consents_id_seq'::regclass);
ALTER TABLE ONLY public.country_tallies ALTER COLUMN id SET DEFAULT nextval('public.country_tallies_id_seq'::regclass);
ALTER TABLE ONLY public.donation_corrections ALTER COLUMN id SET DEFAULT nextval('public.donation_corrections_id_seq'::regclass);
ALTER TABLE ONLY public.donation_totals ALTER COLUMN id SET DEFAULT nextval('public.donation_totals_id_seq'::regclass);
ALTER TABLE ONLY public.donations ALTER COLUMN id SET DEFAULT nextval('public.donations_id_seq'::regclass);
ALTER TABLE ONLY public.erasures ALTER COLUMN id SET DEFAULT nextval('public.erasures_id_seq'::regclass);
ALTER TABLE ONLY public.idempotency_keys ALTER COLUMN id SET DEFAULT nextval('public.idempotency_keys_id_seq'::regclass);
ALTER TABLE ONLY public.identities ALTER COLUMN id SET DEFAULT nextval('public.identities_id_seq'::regclass);
ALTER TABLE ONLY public.mails ALTER COLUMN id SET DEFAULT nextval('public.mails_id_seq'::regclass);
ALTER TABLE ONLY public.milestones ALTER COLUMN id SET DEFAULT nextval('public.milestones_id_seq'::regclass);
ALTER TABLE ONLY public.moderation_actions ALTER COLUMN id SET DEFAULT nextval('public.moderation_actions_id_seq'::regclass);
ALTER TABLE ONLY public.partner_tallies ALTER COLUMN id SET DEFAULT nextval('public.partner_tallies_id_seq'::regclass);
ALTER TABLE ONLY public.partners ALTER COLUMN id SET DEFAULT nextval('public.partners_id_seq'::regclass);
ALTER TABLE ONLY public.profiles ALTER COLUMN id SET DEFAULT nextval('public.profiles_id_seq'::regclass);
ALTER TABLE ONLY public.reactions ALTER COLUMN id SET DEFAULT nextval('public.reactions_id_seq'::regclass);
ALTER TABLE ONLY public.revocations ALTER COLUMN id SET DEFAULT nextval('public.revocations_id_seq'::regclass);
ALTER TABLE ONLY public.sessions ALTER COLUMN id SET DEFAULT nextval('public.sessions_id_seq'::regclass);
ALTER TABLE ONLY public.sign_in_mailboxes ALTER COLUMN id SET DEFAULT nextval('public.sign_in_mailboxes_id_seq'::regclass);
ALTER TABLE ONLY public.sign_in_requests ALTER COLUMN id SET DEFAULT nextval('public.sign_in_requests_id_seq'::regclass);
ALTER TABLE ONLY public.signature_days ALTER COLUMN id SET DEFAULT nextval('public.signature_days_id_seq'::regclass);
ALTER TABLE ONLY public.signatures ALTER COLUMN id SET DEFAULT nextval('public.signatures_id_seq'::regclass);
ALTER TABLE ONLY public.supporters ALTER COLUMN id SET DEFAULT nextval('public.supporters_id_seq'::regclass);
ALTER TABLE ONLY public.tortoise_migrations ALTER COLUMN id SET DEFAULT nextval('public.tortoise_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.votes ALTER COLUMN id SET DEFAULT nextval('public.votes_id_seq'::regclass);
INSERT INTO public.activity VALUES
	(1, 1, 'CAMPAIGN_CHANGED', 'Campaign', 1, NULL, '2026-11-27 23:31:28.935695+00', NULL, 1, '{"changed": ["state", "isSignable", "isCommentable", "launchedAt"]}'),
	(2, 1, 'CAMPAIGN_CHANGED', 'Campaign', 2, NULL, '2026-11-27 23:31:28.967851+00', NULL, 2, '{"changed": ["state", "isSignable", "isCommentable", "launchedAt"]}'),
	(3, 2, 'SIGNED', 'Signature', 1, NULL, '2026-11-27 23:31:29.008199+00', 5, 1, NULL),
	(4, 3, 'SIGNED', 'Signature', 2, NULL, '2026-11-27 23:31:29.022014+00', 6, 1, NULL),
	(5, 4, 'SIGNED', 'Signature', 3, NULL, '2026-11-27 23:31:29.03022+00', 7, 1, NULL),
	(6, 5, 'SIGNED', 'Signature', 4, NULL, '2026-11-27 23:31:29.037371+00', 8, 1, NULL),
	(8, 2, 'SIGNED', 'Signature', 7, NULL, '2026-11-27 23:31:29.095643+00', 11, 2, NULL),
	(9, 7, 'SIGNED', 'Signature', 8, NULL, '2026-11-27 23:31:29.11441+00', 12, 1, NULL),
	(7, 6, 'SIGNED', 'Signature', 5, NULL, '2026-11-27 23:31:29.044623+00', NULL, 1, NULL),
	(10, 8, 'NAME_CHANGED', 'Campaign', 1, NULL, '2026-11-27 23:31:29.193028+00', NULL, 1, NULL),
	(11, 9, 'COMMENTED', 'Comment', 1, 1, '2026-11-27 23:31:29.209451+00', 5, 1, NULL),
	(12, 10, 'REPLIED', 'Comment', 2, 1, '2026-11-27 23:31:29.219642+00', 6, 1, NULL),
	(13, 11, 'REPLIED', 'Comment', 3, 1, '2026-11-27 23:31:29.228901+00', 7, 1, NULL),
	(14, 12, 'COMMENTED', 'Comment', 4, 4, '2026-11-27 23:31:29.242012+00', 8, 1, NULL),
	(15, 13, 'COMMENT_REMOVED', 'Comment', 4, 4, '2026-11-27 23:31:29.266013+00', NULL, 1, NULL),
	(16, 14, 'COMMENT_EDITED', 'Comment', 2, 1, '2026-11-27 23:31:29.289374+00', 6, 1, NULL),
	(17, 15, 'REACTED', 'Comment', 1, 1, '2026-11-27 23:31:29.330409+00', 7, 1, '{"reaction": "CANDLE"}'),
	(18, 16, 'REACTED', 'Comment', 2, 1, '2026-11-27 23:31:29.338341+00', 8, 1, '{"reaction": "HEART"}'),
	(19, 17, 'CAMPAIGN_CHANGED', 'Campaign', 1, NULL, '2026-11-27 23:31:29.378978+00', NULL, 1, '{"changed": ["partners"]}'),
	(20, 18, 'PARTNER_REPORTED', 'Campaign', 1, NULL, '2026-11-27 23:31:29.39215+00', NULL, 1, '{"partner_id": 1, "signatures": 120}'),
	(21, 19, 'MILESTONE_REACHED', 'Campaign', 1, NULL, '2026-11-27 23:31:29.39215+00', NULL, 1, '{"milestone": 100}'),
	(22, 20, 'UPDATE_POSTED', 'CampaignUpdate', 1, NULL, '2026-11-27 23:31:29.421567+00', NULL, 1, NULL),
	(23, 21, 'DONATED', 'Donation', 1, NULL, '2026-11-27 23:31:29.43967+00', 5, 1, NULL);
INSERT INTO public.api_keys VALUES
	(1, 'Friends', '4d715dc5c0cd8d6c095bee0894da38ebbe74b6371b8bd46ec33e892b4dbefb4b', 'gsk_USpR', '["REPORT_TALLIES"]', '2026-11-27 23:31:29.458214+00', NULL, NULL, NULL, 13);
INSERT INTO public.campaign_partners VALUES
	(1, NULL, 120, '2026-11-01', 1, 1);
INSERT INTO public.campaign_updates VALUES
	(1, 'News', 'They were heard.', '<p>They were heard.</p>', false, '2026-11-27 23:31:29.421567+00', NULL, 1);
INSERT INTO public.campaigns VALUES
	(3, 'not-yet', 'Not yet', 'Call on them to do it', 'Them', 'A **body**, with a source.[^1]', '<p>A <strong>body</strong>, with a source.<sup><a href="#fn-1" rel="noopener noreferrer">1</a></sup></p>', 'not yet call on them to do it them', NULL, '[]', '[]', '[]', NULL, NULL, 'DRAFT', 'OPEN', false, 'FULL_NAME', 'KEEP_COUNT', '2026-11-27 23:31:28.981959+00', NULL, NULL, 0, 0, 0, 0, 0, 0, '2026-11-27 23:31:28.982096+00', NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '2026-11-27 23:31:28.982092+00', 0, 0, '[]', 'FIRST_NAME_INITIAL'),
	(2, 'confirmed', 'Confirmed by mail', 'Call on them to do it', 'Them', 'A **body**, with a source.[^1]', '<p>A <strong>body</strong>, with a source.<sup><a href="#fn-1" rel="noopener noreferrer">1</a></sup></p>', 'confirmed by mail call on them to do it them', NULL, '[]', '[]', '[]', NULL, NULL, 'LIVE', 'OPEN', true, 'FULL_NAME', 'KEEP_COUNT', '2026-11-27 23:31:28.958602+00', '2026-11-27 23:31:28.96398+00', NULL, 1, 1, 1, 0, 0, 0, '2026-11-27 23:31:29.095643+00', NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '2026-11-27 23:31:28.958711+00', 0, 2, '[]', 'FIRST_NAME_INITIAL'),
	(1, 'free-them', 'Free them', 'Call on them to do it', 'Them', 'A **body**, with a source.[^1]', '<p>A <strong>body</strong>, with a source.<sup><a href="#fn-1" rel="noopener noreferrer">1</a></sup></p>', 'free them call on them to do it them', NULL, '[]', '[]', '[]', NULL, NULL, 'LIVE', 'OPEN', false, 'FULL_NAME', 'KEEP_COUNT', '2026-11-27 23:31:28.898901+00', '2026-11-27 23:31:28.926667+00', NULL, 125, 5, 0, 120, 0, 1, '2026-11-27 23:31:29.39215+00', NULL, 0, 1, 2, 3, 1, 0, 0, 0, 0, 1, 1, '2026-11-27 23:31:29.266013+00', 1, 21, '[{"text": {"html": "<p>May we write to you?</p>", "markdown": "May we write to you?"}, "required": false, "text_version": "1", "organisation_id": null}]', 'FIRST_NAME_INITIAL');
INSERT INTO public.comment_authors VALUES
	(1, 1, '2026-11-27 23:31:29.209451+00', 1, 5),
	(2, 1, '2026-11-27 23:31:29.219642+00', 1, 6),
	(3, 1, '2026-11-27 23:31:29.228901+00', 1, 7),
	(4, 0, NULL, 1, 8);
INSERT INTO public.comment_edits VALUES
	(1, '2026-11-27 23:31:29.289374+00', 'So do I.', '<p>So do I.</p>', 2);
INSERT INTO public.comment_flags VALUES
	(1, 'OFF_TOPIC', NULL, '2026-11-27 23:31:29.351675+00', 3, 5);
INSERT INTO public.comments VALUES
	(4, '\x', 0, '', '', 'DELETED', false, false, false, false, '2026-11-27 23:31:29.242012+00', '2026-11-27 23:31:29.242012+00', NULL, '2026-11-27 23:31:29.242012+00', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 1, NULL, '2026-11-27 23:31:29.266013+00', NULL),
	(1, '\x', 0, 'We **stand** with them.', '<p>We <strong>stand</strong> with them.</p>', 'VISIBLE', true, false, false, false, '2026-11-27 23:31:29.209451+00', '2026-11-27 23:31:29.209451+00', NULL, '2026-11-27 23:31:29.228901+00', 3, 0, 3, 0, 0, 0, 1, 0, 1, 4, 1, 1, 2, 0, 5, 1, NULL, '2026-11-27 23:31:29.209451+00', NULL),
	(2, '\x0000000000000001', 1, 'So do I, and my family.', '<p>So do I, and my family.</p>', 'VISIBLE', true, false, false, false, '2026-11-27 23:31:29.219642+00', '2026-11-27 23:31:29.219642+00', '2026-11-27 23:31:29.289374+00', '2026-11-27 23:31:29.228901+00', 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 6, 1, 1, '2026-11-27 23:31:29.289374+00', NULL),
	(3, '\x00000000000000010000000000000002', 2, 'And I.', '<p>And I.</p>', 'VISIBLE', true, true, false, false, '2026-11-27 23:31:29.228901+00', '2026-11-27 23:31:29.228901+00', NULL, '2026-11-27 23:31:29.228901+00', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 1, 2, '2026-11-27 23:31:29.228901+00', NULL);
INSERT INTO public.confirmation_requests VALUES
	(1, '0fed873d1a060a6fd1c773d4a9f710bf3e9277e57cd359f2e3f3c8191b4c0c3e', '2026-11-27 23:31:29.052463+00'),
	(2, '3145d569cc40b710c36a0de9da5fe95a740190af649ab2d4c282d499e704dba1', '2026-11-27 23:31:29.064599+00');
INSERT INTO public.consents VALUES
	(1, true, '1', '2026-11-27 23:31:29.008199+00', NULL, 5),
	(2, false, '1', '2026-11-27 23:31:29.022014+00', NULL, 6),
	(3, true, '1', '2026-11-27 23:31:29.03022+00', NULL, 7);
INSERT INTO public.country_tallies VALUES
	(1, 'DE', 1, 1),
	(2, 'GB', 1, 1),
	(3, 'NG', 1, 1),
	(4, 'ID', 1, 1),
	(5, 'VN', 0, 1);
INSERT INTO public.donation_totals VALUES
	(1, 'EUR', 2500, 1);
INSERT INTO public.donations VALUES
	(1, 'p1', 2500, 'EUR', 'ONCE', 'PAID', '2026-11-27 23:31:29.43967+00', 'supporter:1', '2026-11-27 23:31:29.43967+00', 1, 5);
INSERT INTO public.mails VALUES
	(1, '7ec7a2b52830443aa49297ab031ebcbd', 'CONFIRM_SIGNATURE', '\x421270c193a506c9857dbfd90a538636f570c78801320eafeaaf9474d48ce301142221a24c63a3f117dfc26ab206edd8b3', '0fed873d1a060a6fd1c773d4a9f710bf3e9277e57cd359f2e3f3c8191b4c0c3e', 'Please confirm your signature', '\x421270c1f536cb80b3b4db583259128afb239a2baca44a43f7cda01c0061723ab084a7098b7b4345eb6cf73b7491ac03a17dfce425fa5d2c6f77a8597ceabef9f45b4a4852c9dd4b12c569f5055681f5eed55940f0693d185319ffae035d81ab4444b3066092b03d08cdbd61b62af30ba2c7e5ea9f12fe15ab2d6f1e56398e62a33b1cd8d7b8f601c48f258d715b8cebe3b3c0b22d97b6b46e5aad77f79422b074cd024cdfc03fd0b4afb00dbc8d6a43e00aa0685ad1032e48d7327c785b3a0be8391aaf8c16973a6c4aabedaf00cdaeecb524093c5f56d1d08f7010545306fb972f9f9e6143f06e5bf9bd898862456569eea06fd067b731cd7d23d74c7d6be3a8991b0bd3b636fb2daca593ef287b52154e2667f323519e5a91739cf2774f2a9ac0c0f391fb4845299c54a332867ed26243afb43324720ca2321dbb943d863db12ebeb59d39cca2ff941f53ec1c0246fb078a92bcc22e56874e3a400298628e5c1ca9b0d32b7a27e91ad3ebe48e', '2026-11-27 23:31:29.055672+00', '2026-11-28 23:31:29.055672+00', '2026-11-27 23:31:29.055672+00', 0, NULL, NULL),
	(2, '1a37ab9645dd45c4a7559e6f825ff21c', 'CONFIRM_SIGNATURE', '\x421270c19f10d5b76345fbe14fa91e539becb749b8f9db9c74a128829e3f780f3f66e027f41a8d8d3ef96d2aa5fe2b58c78bf602', '3145d569cc40b710c36a0de9da5fe95a740190af649ab2d4c282d499e704dba1', 'Please confirm your signature', '\x421270c14cf187fc8b28742abec7e66576cf83d71d3a0c7779c872401085584594e7ac2d3acea10325661230a3bdb117187c98071004ef2dc3042e0089d36eb7cd7090e54598e3d4ca134e134b9d27c49185fe4c5e848533df5e5d2b3741745e99b0b4d50cc8b4376f0e9e6848dd66ab364bed758859180b6dab0be18fae8bb13975a2fec036d3d7d342fd4fb568a744e895450a6a42dd6bef48b73fc94843e991d3d352448401d8011ceaee42d7da2fbe0147bfa85b918a434cb2b39585c67e198a8d07ab26ce29e176f49636220f8a22e52b4db0df69ca94ae4c19f8a808cf1d4e3516cd5d742c89cdfba408b7a76153403382c61c74bfda6e79b4638dd80a7f3f4c3b243da637492795054ef059de63b110fefde78547231602db760dcddbf76562ee0fac82e124bc7b012f155045236cf616d25bf73a35bc31943451cf2f03aacf0bd738de6d599cb0b4dc5a50bda950a83fccbc2dbc0ad82435b7b97710a18941d954334eb237f73d6272de', '2026-11-27 23:31:29.066715+00', '2026-11-28 23:31:29.066715+00', '2026-11-27 23:31:29.066715+00', 0, NULL, NULL),
	(3, '44ef5aa27b0e463fbfe0242bb4d79fcf', 'SIGN_IN_CODE', '\x421270c1cc08bfe1d56593f1b03edcbbbdc250a67bf38ceca31c9d6e4cb3c9b3fd6e6bd066d180ae7b0b06e078e65243ee402a', 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', 'Your code for 127.0.0.1', '\x421270c149658b286aca655d3f396d2b930512cc15d0589bf234cfb7b45b56f20fdb29065bf66bfae3da1fc2abf2ff1e7a06d82172257f6e0953e8bc6da740116b8dd4ba7422fbe88a861ea293c9224afaa819a4ac9f7d4c58b11392394c79fe50c47d04959e9a4f3e9c85648795b3d803f9f2ab5c93a4483468460bd4d934ee6b59d306393afe86525f937bb1654e99f02d0fb00d8e91b612067d453947b88919a44598f97c1e8809dd42263cf0657937834f14d140d83fc85b8147c18a3e86e2693f21c97e1376880c1f9d3c2d07c375eda1f84220433d8ce17067b800f63f7ed0cc2ecafaa5fef7ef40cfc69254eddec76bb1805fa53ced4cea83e90531dc56f7b70e05b6edc206', '2026-11-27 23:31:29.147095+00', '2026-11-27 23:41:29.143744+00', '2026-11-27 23:31:29.147095+00', 0, NULL, NULL);
INSERT INTO public.milestones VALUES
	(1, 100, '2026-11-27 23:31:29.39215+00', 1);
INSERT INTO public.partner_tallies VALUES
	(1, 120, '2026-11-01', NULL, 'ACCEPTED', 'supporter:1', '2026-11-27 23:31:29.39215+00', NULL, NULL, 1);
INSERT INTO public.partners VALUES
	(1, 'Forum', NULL, NULL);
INSERT INTO public.profiles VALUES
	(1, 'Ad', '\x421270c13d0497d3b7643d1fd704a050a1b49a4d8d0e06a4ebb9fef6f5d863bcff307d', false, NULL, NULL, false, NULL, 'FULL_NAME', 1),
	(2, 'Cam', '\x421270c1655cd19f5036962b1dc44f2abfaeec07bbacf1b47bf63502a64eba2d45ad63d2519b17', false, NULL, NULL, false, NULL, 'FULL_NAME', 2),
	(3, 'Cam', '\x421270c122052332749d67d6d0dc213a54a6225b5d1e0303202ab987da6df67c2aab05c09e97ae', false, NULL, NULL, false, NULL, 'FULL_NAME', 3),
	(4, 'Cam', '\x421270c121f9e564e875539b234dcab56e86103b50d6d49b5a6ee8ef1795e59f5b4027103e932e', false, NULL, NULL, false, NULL, 'FULL_NAME', 4),
	(6, 'Ada', '\x421270c17e4d1bd32166612d52e8aabdc64f6d02d9a5bf213a0240926ce092bbd1c7fd18e9', false, '\x421270c12d5b071e2e3f55e74d2923fa4fd6cca03b5966881cf00282f5576e7667a368488196afcc702ecf5b116adeead758b5', 'ece848d27889dc7c40cddc4715028077238bb88020df3e4905c79dcf7748964e', false, 'GB', 'FIRST_NAME_INITIAL', 6),
	(7, 'Chidi', '\x421270c1d9ad62eaa0742ad14350c80306fd24c18331add3ab5c1bffdc82c38cebf021da41b0', false, '\x421270c1770b1c603081c77ee0d2a88c56167920bef55b79dfdb672b0ab899e91cd9a8b29cc1b25c4c0bcbebccf6fe9d79779f', 'b30a0e6d8538b613c02d0f5d67afd80ae4213e194369d7f5efa03dfaa28b894b', false, 'NG', 'FIRST_NAME_INITIAL', 7),
	(8, 'Sukarno', NULL, false, '\x421270c1c5104f388bd0a0c46b172edff7bda6bbcb4bc7fea8733acced9d8564731b55a0c935b9db836ba226bbdb93bc902862', 'c733c734c2c8cd6b13944a14ef9763c148ce9096a92e86798da8c068f2205f03', false, 'ID', 'FIRST_NAME_INITIAL', 8),
	(9, 'Minh', '\x421270c16b16d78cebeec7ff420760417a37810d567818fe75d60612efc06479964004463c39', false, '\x421270c122331337ebfe74b3c487fbbc7ef0bbaf16c1be845584828595387c506c15b0f2a72087a4974042b215871f4fa618b0', 'f2458af4968dae94b2353d3f559637e6163d52dee240bd94d195559fb430c051', false, 'VN', 'FIRST_NAME_INITIAL', 9),
	(10, 'Ada', '\x421270c1771ad6bb23c1c3eb2ef3031be3d68ad7d2c5dd1ea09ac5d7f3d6d4a18b88ff0707b2a147', false, '\x421270c1bfee7d71ade5b3ac0dae05dcdf61fe6f477b8002f198df451c810e137f2c084c04b9159472b50a933cc52a67a3', '0fed873d1a060a6fd1c773d4a9f710bf3e9277e57cd359f2e3f3c8191b4c0c3e', false, NULL, 'FIRST_NAME_INITIAL', 10),
	(11, 'Ada', '\x421270c1a352341327e8fc46e95899c5251876e869425dacc54242b7d1b3ad76aeb90b052a9e4f28', false, '\x421270c178a1cc012f93cd17dbc18f9f7ba745f6af084528d9e84f3fe37e18ce74ab3c5eb79f5774f69e4221e69254bb2dd38139', '3145d569cc40b710c36a0de9da5fe95a740190af649ab2d4c282d499e704dba1', false, NULL, 'FIRST_NAME_INITIAL', 11),
	(12, 'Ada', '\x421270c1f7040c3ab127928ef097215addaa731927009bfe04d884d745371fc539ce0da94f1ed828', false, '\x421270c1fbfeaf06a06ec439fbee9aac35ea0e2846a9347300fcee7af268141c16da88e7a626d67823d86b178c231f4938fb', '48f0ba3780e407315ecca15f24946068c39a77d669981e47ed499a0f179d2377', false, NULL, 'FIRST_NAME_INITIAL', 12),
	(5, 'Katharina', '\x421270c1c853d05152e8f76c73c90d4bf063a489cc11d9c5f7dde6a3d38aa0ccb8baa954fe3d', false, '\x421270c174756d8cee0c877a46a7df3a7639e4f40e4198cf2e7b899d1d11792090be3208f7b6b6ae145cb511d5686cdb53e16e', 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', true, 'DE', 'FIRST_NAME_INITIAL', 5),
	(13, 'Friends', NULL, false, NULL, NULL, false, NULL, 'FULL_NAME', 13);
INSERT INTO public.reactions VALUES
	(1, 'CANDLE', '2026-11-27 23:31:29.330409+00', 1, 7),
	(2, 'HEART', '2026-11-27 23:31:29.338341+00', 2, 8);
INSERT INTO public.revocations VALUES
	(1, 5, NULL, '2026-11-27 23:31:29.178223+00', '2027-11-27 23:46:29.178223+00');
INSERT INTO public.sessions VALUES
	(1, 'SUPPORTER', '04ba2a97d024d7ab23f034f444fccdd8', 0, '2026-11-27 23:31:29.18093+00', '2026-11-27 23:31:29.18093+00', '2027-02-25 23:31:29.18093+00', NULL, 5);
INSERT INTO public.sign_in_mailboxes VALUES
	(1, 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', 1, '2026-11-27 23:31:29.143744+00');
INSERT INTO public.sign_in_requests VALUES
	(1, 'e61649a076302c4db9af3ba8869adf20c07be22da1d8703e8b653af6960e954c', 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', '5dfbfce314e8256dbe8d3a83ef83e4bb14c89b6a8bdd65d5cc4bcf613a825465', '2026-11-27 23:41:29.143744+00', 1, '2026-11-27 23:31:29.160053+00');
INSERT INTO public.signature_days VALUES
	(1, '2026-11-27', 0, 0, 1),
	(2, '2026-11-27', 0, 0, 2);
INSERT INTO public.signatures VALUES
	(2, 'CONFIRMED', 'GB', '2026-11-27 23:31:29.022014+00', 'ece848d27889dc7c40cddc4715028077238bb88020df3e4905c79dcf7748964e', 'ece848d27889dc7c40cddc4715028077238bb88020df3e4905c79dcf7748964e', true, NULL, NULL, 0, 1, NULL, 6),
	(3, 'CONFIRMED', 'NG', '2026-11-27 23:31:29.03022+00', 'b30a0e6d8538b613c02d0f5d67afd80ae4213e194369d7f5efa03dfaa28b894b', 'b30a0e6d8538b613c02d0f5d67afd80ae4213e194369d7f5efa03dfaa28b894b', true, NULL, NULL, 0, 1, NULL, 7),
	(4, 'CONFIRMED', 'ID', '2026-11-27 23:31:29.037371+00', 'c733c734c2c8cd6b13944a14ef9763c148ce9096a92e86798da8c068f2205f03', 'c733c734c2c8cd6b13944a14ef9763c148ce9096a92e86798da8c068f2205f03', true, NULL, NULL, 0, 1, NULL, 8),
	(6, 'PENDING', NULL, '2026-11-27 23:31:29.052463+00', '0fed873d1a060a6fd1c773d4a9f710bf3e9277e57cd359f2e3f3c8191b4c0c3e', '0fed873d1a060a6fd1c773d4a9f710bf3e9277e57cd359f2e3f3c8191b4c0c3e', true, NULL, '2026-11-29 23:31:29.052463+00', 0, 2, NULL, 10),
	(7, 'CONFIRMED', NULL, '2026-11-27 23:31:29.064599+00', '3145d569cc40b710c36a0de9da5fe95a740190af649ab2d4c282d499e704dba1', '3145d569cc40b710c36a0de9da5fe95a740190af649ab2d4c282d499e704dba1', true, '2026-11-27 23:31:29.095643+00', NULL, 0, 2, NULL, 11),
	(8, 'CONFIRMED', NULL, '2026-11-27 23:31:29.11441+00', '48f0ba3780e407315ecca15f24946068c39a77d669981e47ed499a0f179d2377', '48f0ba3780e407315ecca15f24946068c39a77d669981e47ed499a0f179d2377', true, NULL, NULL, 0, 1, NULL, 12),
	(1, 'CONFIRMED', 'DE', '2026-11-27 23:31:29.008199+00', 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', 'd394db9cae86906f909a03e45acb2510702d1af0685fb0f09913d73c33aa2178', true, NULL, NULL, 0, 1, NULL, 5),
	(5, 'WITHDRAWN', 'VN', '2026-11-27 23:31:29.044623+00', 'f2458af4968dae94b2353d3f559637e6163d52dee240bd94d195559fb430c051', NULL, true, NULL, NULL, 0, 1, NULL, 9);
INSERT INTO public.supporters VALUES
	(1, 'Ad Min', 'STAFF', 'FULL_NAME', '2026-11-27 23:31:28.867485+00', 'Ad M.', 'A. M.'),
	(2, 'Cam Paigner', 'STAFF', 'FULL_NAME', '2026-11-27 23:31:28.876592+00', 'Cam P.', 'C. P.'),
	(3, 'Cam Paigner', 'STAFF', 'FULL_NAME', '2026-11-27 23:31:28.947016+00', 'Cam P.', 'C. P.'),
	(4, 'Cam Paigner', 'STAFF', 'FULL_NAME', '2026-11-27 23:31:28.97234+00', 'Cam P.', 'C. P.'),
	(6, 'Ada B.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.022563+00', 'Ada B.', 'A. B.'),
	(7, 'Chidi O.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.030791+00', 'Chidi O.', 'C. O.'),
	(8, 'Sukarno', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.037948+00', 'Sukarno', 'S.'),
	(9, 'Minh T.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.045278+00', 'Minh T.', 'M. T.'),
	(10, 'Ada L.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.053017+00', 'Ada L.', 'A. L.'),
	(11, 'Ada L.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.065114+00', 'Ada L.', 'A. L.'),
	(12, 'Ada L.', 'FIRST_TIME', 'FULL_NAME', '2026-11-27 23:31:29.115111+00', 'Ada L.', 'A. L.'),
	(5, 'Katharina S.', 'SUPPORTER', 'FULL_NAME', '2026-11-27 23:31:29.009965+00', 'Katharina S.', 'K. S.'),
	(13, 'Friends', 'PARTNER', 'FULL_NAME', '2026-11-27 23:31:29.460244+00', 'Friends', 'F.');
INSERT INTO public.tortoise_migrations VALUES
	(1, 'models', '0001_initial', '2026-11-27 23:31:20.352452+00'),
	(2, 'models', '0002_emails_are_called_emails', '2026-11-27 23:31:21.572047+00'),
	(3, 'models', '0003_activity_details', '2026-11-27 23:31:21.989003+00'),
	(4, 'models', '0004_activity_details_of_old_rows', '2026-11-27 23:31:22.068019+00'),
	(5, 'models', '0005_campaign_forms', '2026-11-27 23:31:22.88302+00'),
	(6, 'models', '0006_names_of_the_ticker', '2026-11-27 23:31:23.221139+00'),
	(7, 'models', '0007_days_of_signatures', '2026-11-27 23:31:23.273796+00'),
	(8, 'models', '0008_campaigns_of_state', '2026-11-27 23:31:23.479895+00'),
	(9, 'models', '0009_counts_and_amounts_have_64_bits', '2026-11-27 23:31:25.516019+00'),
	(10, 'models', '0010_comments_have_updated_at', '2026-11-27 23:31:25.848097+00'),
	(11, 'models', '0011_comment_trees_and_changes', '2026-11-27 23:31:25.96814+00'),
	(12, 'models', '0012_moderation_context', '2026-11-27 23:31:26.594343+00'),
	(13, 'models', '0013_pending_comments_say_why', '2026-11-27 23:31:26.998806+00'),
	(14, 'models', '0014_own_lists', '2026-11-27 23:31:27.980281+00'),
	(15, 'models', '0015_sign_in_requests', '2026-11-27 23:31:28.507261+00');
INSERT INTO public.votes VALUES
	(1, 'UP', '2026-11-27 23:31:29.311882+00', 1, 6),
	(2, 'UP', '2026-11-27 23:31:29.317735+00', 1, 7),
	(3, 'UP', '2026-11-27 23:31:29.321435+00', 1, 8);
SELECT pg_catalog.setval('public.activity_id_seq', 23, true);
SELECT pg_catalog.setval('public.api_keys_id_seq', 1, true);
SELECT pg_catalog.setval('public.asked_addresses_id_seq', 2, true);
SELECT pg_catalog.setval('public.audit_corrections_id_seq', 1, false);
SELECT pg_catalog.setval('public.campaign_partners_id_seq', 1, true);
SELECT pg_catalog.setval('public.campaign_updates_id_seq', 1, true);
SELECT pg_catalog.setval('public.campaigns_id_seq', 3, true);
SELECT pg_catalog.setval('public.comment_authors_id_seq', 5, true);
SELECT pg_catalog.setval('public.comment_edits_id_seq', 1, true);
SELECT pg_catalog.setval('public.comment_flags_id_seq', 1, true);
SELECT pg_catalog.setval('public.comments_id_seq', 4, true);
SELECT pg_catalog.setval('public.consents_id_seq', 3, true);
SELECT pg_catalog.setval('public.country_tallies_id_seq', 6, true);
SELECT pg_catalog.setval('public.donation_corrections_id_seq', 1, false);
SELECT pg_catalog.setval('public.donation_totals_id_seq', 1, true);
SELECT pg_catalog.setval('public.donations_id_seq', 1, true);
SELECT pg_catalog.setval('public.erasures_id_seq', 1, false);
SELECT pg_catalog.setval('public.idempotency_keys_id_seq', 1, false);
SELECT pg_catalog.setval('public.identities_id_seq', 1, false);
SELECT pg_catalog.setval('public.mails_id_seq', 3, true);
SELECT pg_catalog.setval('public.milestones_id_seq', 1, true);
SELECT pg_catalog.setval('public.moderation_actions_id_seq', 1, false);
SELECT pg_catalog.setval('public.partner_tallies_id_seq', 1, true);
SELECT pg_catalog.setval('public.partners_id_seq', 1, true);
SELECT pg_catalog.setval('public.profiles_id_seq', 13, true);
SELECT pg_catalog.setval('public.reactions_id_seq', 2, true);
SELECT pg_catalog.setval('public.revocations_id_seq', 1, true);
SELECT pg_catalog.setval('public.sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.sign_in_mailboxes_id_seq', 2, true);
SELECT pg_catalog.setval('public.sign_in_requests_id_seq', 1, true);
SELECT pg_catalog.setval('public.signature_days_id_seq', 2, true);
SELECT pg_catalog.setval('public.signatures_id_seq', 8, true);
SELECT pg_catalog.setval('public.supporters_id_seq', 13, true);
SELECT pg_catalog.setval('public.tortoise_migrations_id_seq', 15, true);
SELECT pg_catalog.setval('public.votes_id_seq', 3, true);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.confirmation_requests
    ADD CONSTRAINT asked_addresses_address_hash_key UNIQUE (email_hash);
ALTER TABLE ONLY public.confirmation_requests
    ADD CONSTRAINT asked_addresses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_corrections
    ADD CONSTRAINT audit_corrections_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.campaign_partners
    ADD CONSTRAINT campaign_partners_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.campaign_updates
    ADD CONSTRAINT campaign_updates_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT campaigns_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.comment_authors
    ADD CONSTRAINT comment_authors_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.comment_edits
    ADD CONSTRAINT comment_edits_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.comment_flags
    ADD CONSTRAINT comment_flags_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.country_tallies
    ADD CONSTRAINT country_tallies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.donation_corrections
    ADD CONSTRAINT donation_corrections_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.donation_totals
    ADD CONSTRAINT donation_totals_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.donations
    ADD CONSTRAINT donations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.donations
    ADD CONSTRAINT donations_provider_reference_key UNIQUE (provider_reference);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_supporter_id_key UNIQUE (supporter_id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.milestones
    ADD CONSTRAINT milestones_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.moderation_actions
    ADD CONSTRAINT moderation_actions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.partner_tallies
    ADD CONSTRAINT partner_tallies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT partners_name_key UNIQUE (name);
ALTER TABLE ONLY public.partners
    ADD CONSTRAINT partners_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_supporter_id_key UNIQUE (supporter_id);
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.revocations
    ADD CONSTRAINT revocations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_family_key UNIQUE (family);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_mailboxes
    ADD CONSTRAINT sign_in_mailboxes_email_hash_key UNIQUE (email_hash);
ALTER TABLE ONLY public.sign_in_mailboxes
    ADD CONSTRAINT sign_in_mailboxes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_requests
    ADD CONSTRAINT sign_in_requests_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_requests
    ADD CONSTRAINT sign_in_requests_request_hash_key UNIQUE (request_hash);
ALTER TABLE ONLY public.signature_days
    ADD CONSTRAINT signature_days_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.supporters
    ADD CONSTRAINT supporters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT tortoise_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT uid_activity_campaig_faea8a UNIQUE (campaign_id, seq);
ALTER TABLE ONLY public.campaign_partners
    ADD CONSTRAINT uid_campaign_pa_campaig_dc0aa9 UNIQUE (campaign_id, partner_id);
ALTER TABLE ONLY public.comment_authors
    ADD CONSTRAINT uid_comment_aut_campaig_e8ab84 UNIQUE (campaign_id, supporter_id);
ALTER TABLE ONLY public.comment_flags
    ADD CONSTRAINT uid_comment_fla_comment_12ca5c UNIQUE (comment_id, supporter_id);
ALTER TABLE ONLY public.country_tallies
    ADD CONSTRAINT uid_country_tal_campaig_b6435e UNIQUE (campaign_id, country);
ALTER TABLE ONLY public.donation_totals
    ADD CONSTRAINT uid_donation_to_campaig_7db055 UNIQUE (campaign_id, currency);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT uid_idempotency_owner_f0534e UNIQUE (owner, mutation, key);
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT uid_identities_issuer_bfff5f UNIQUE (issuer, subject_hash);
ALTER TABLE ONLY public.milestones
    ADD CONSTRAINT uid_milestones_campaig_e9ca92 UNIQUE (campaign_id, count);
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT uid_reactions_support_4a5364 UNIQUE (supporter_id, comment_id, kind);
ALTER TABLE ONLY public.signature_days
    ADD CONSTRAINT uid_signature_d_campaig_835e83 UNIQUE (campaign_id, day);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT uid_signatures_campaig_3843f3 UNIQUE (campaign_id, counted_hash);
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT uid_signatures_support_a4ab17 UNIQUE (supporter_id, campaign_id);
ALTER TABLE ONLY public.tortoise_migrations
    ADD CONSTRAINT uid_tortoise_mi_app_3803a5 UNIQUE (app, name);
ALTER TABLE ONLY public.votes
    ADD CONSTRAINT uid_votes_support_e752e8 UNIQUE (supporter_id, comment_id);
ALTER TABLE ONLY public.votes
    ADD CONSTRAINT votes_pkey PRIMARY KEY (id);
CREATE INDEX activity_of_actor ON public.activity USING btree (actor_id);
CREATE INDEX activity_of_kind ON public.activity USING btree (campaign_id, kind, seq);
CREATE INDEX activity_of_thread ON public.activity USING btree (campaign_id, thread_id, seq);
CREATE INDEX activity_of_ticker ON public.activity USING btree (campaign_id, seq) WHERE ((kind)::text <> ALL ((ARRAY['CAMPAIGN_CHANGED'::character varying, 'COMMENT_EDITED'::character varying, 'COMMENT_REMOVED'::character varying, 'COMMENT_RESTORED'::character varying, 'NAME_CHANGED'::character varying])::text[]));
CREATE INDEX audit_corrections_latest ON public.audit_corrections USING btree (corrected_at, table_name, column_name);
CREATE INDEX campaign_updates_newest ON public.campaign_updates USING btree (campaign_id, posted_at, id);
CREATE INDEX campaigns_most_active ON public.campaigns USING btree (activity_seq, created_at, id);
CREATE INDEX campaigns_most_active_of_state ON public.campaigns USING btree (state, activity_seq, created_at, id);
CREATE INDEX campaigns_most_supported ON public.campaigns USING btree (supporter_count, created_at, id);
CREATE INDEX campaigns_most_supported_of_state ON public.campaigns USING btree (state, supporter_count, created_at, id);
CREATE INDEX campaigns_newest ON public.campaigns USING btree (created_at, id);
CREATE INDEX campaigns_newest_of_state ON public.campaigns USING btree (state, created_at, id);
CREATE INDEX comment_authors_recent ON public.comment_authors USING btree (campaign_id, last_commented_at, id);
CREATE INDEX comment_edits_in_order ON public.comment_edits USING btree (comment_id, id);
CREATE INDEX comment_flags_in_order ON public.comment_flags USING btree (comment_id, id);
CREATE INDEX comments_changed ON public.comments USING btree (campaign_id, updated_at, id) WHERE (published_at IS NOT NULL);
CREATE INDEX comments_hottest ON public.comments USING btree (campaign_id, state, descendant_count, active_at, id) WHERE (depth = 0);
CREATE INDEX comments_most_engaged ON public.comments USING btree (campaign_id, state, engagement_count, created_at, id);
CREATE INDEX comments_most_flagged ON public.comments USING btree (campaign_id, flag_count, created_at, id) WHERE (is_queued = true);
CREATE INDEX comments_most_flagged_of_state ON public.comments USING btree (campaign_id, state, flag_count, created_at, id);
CREATE INDEX comments_most_reacted ON public.comments USING btree (campaign_id, parent_id, is_listed, reaction_count, created_at, id);
CREATE INDEX comments_most_replied ON public.comments USING btree (campaign_id, parent_id, is_listed, reply_count, created_at, id);
CREATE INDEX comments_most_voted ON public.comments USING btree (campaign_id, parent_id, is_listed, score, created_at, id);
CREATE INDEX comments_newest ON public.comments USING btree (campaign_id, parent_id, is_listed, created_at, id);
CREATE INDEX comments_of_author ON public.comments USING btree (author_id, campaign_id, state, created_at);
CREATE INDEX comments_of_author_newest ON public.comments USING btree (author_id, state, created_at, id);
CREATE INDEX comments_of_state ON public.comments USING btree (campaign_id, state, created_at, id);
CREATE INDEX comments_pinned ON public.comments USING btree (campaign_id, id) WHERE (is_pinned = true);
CREATE INDEX comments_preorder ON public.comments USING btree (((path || int8send(id)))) WHERE ((is_listed = true) AND (parent_id IS NOT NULL));
CREATE INDEX comments_queued ON public.comments USING btree (campaign_id, created_at, id) WHERE (is_queued = true);
CREATE INDEX comments_subtree ON public.comments USING btree (path);
CREATE INDEX confirmation_requests_oldest ON public.confirmation_requests USING btree (asked_at);
CREATE INDEX consents_of_supporter ON public.consents USING btree (supporter_id, id);
CREATE INDEX country_tallies_largest ON public.country_tallies USING btree (campaign_id, count);
CREATE INDEX donation_corrections_in_order ON public.donation_corrections USING btree (donation_id, id);
CREATE INDEX donations_of_donor_newest ON public.donations USING btree (donor_id, donated_at, id);
CREATE INDEX idempotency_keys_oldest ON public.idempotency_keys USING btree (created_at);
CREATE INDEX mails_due ON public.mails USING btree (next_try_at);
CREATE INDEX mails_email ON public.mails USING btree (email_hash);
CREATE INDEX mails_oldest ON public.mails USING btree (until);
CREATE INDEX moderation_actions_in_order ON public.moderation_actions USING btree (comment_id, id);
CREATE INDEX partner_tallies_latest ON public.partner_tallies USING btree (link_id, state, as_of, id);
CREATE INDEX profiles_email ON public.profiles USING btree (email_hash);
CREATE INDEX reactions_of_supporter ON public.reactions USING btree (supporter_id, reacted_at, id);
CREATE INDEX revocations_newest ON public.revocations USING btree (revoked_at);
CREATE INDEX revocations_oldest ON public.revocations USING btree (expires_at);
CREATE INDEX sessions_of_supporter ON public.sessions USING btree (supporter_id);
CREATE INDEX sessions_oldest ON public.sessions USING btree (expires_at);
CREATE INDEX sign_in_mailboxes_oldest ON public.sign_in_mailboxes USING btree (counted_since);
CREATE INDEX sign_in_requests_of_email ON public.sign_in_requests USING btree (email_hash);
CREATE INDEX sign_in_requests_oldest ON public.sign_in_requests USING btree (expires_at);
CREATE INDEX signatures_of_campaign ON public.signatures USING btree (campaign_id, state, country);
CREATE INDEX signatures_of_supporter ON public.signatures USING btree (supporter_id, signed_at, id);
CREATE INDEX signatures_to_remind ON public.signatures USING btree (remind_at) WHERE ((state)::text = 'PENDING'::text);
CREATE INDEX votes_of_supporter ON public.votes USING btree (supporter_id, cast_at, id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.campaign_partners
    ADD CONSTRAINT campaign_partners_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.campaign_partners
    ADD CONSTRAINT campaign_partners_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES public.partners(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.campaign_updates
    ADD CONSTRAINT campaign_updates_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_authors
    ADD CONSTRAINT comment_authors_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_authors
    ADD CONSTRAINT comment_authors_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_edits
    ADD CONSTRAINT comment_edits_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_flags
    ADD CONSTRAINT comment_flags_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comment_flags
    ADD CONSTRAINT comment_flags_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.comments
    ADD CONSTRAINT comments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.partners(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.country_tallies
    ADD CONSTRAINT country_tallies_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.donation_corrections
    ADD CONSTRAINT donation_corrections_donation_id_fkey FOREIGN KEY (donation_id) REFERENCES public.donations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.donation_totals
    ADD CONSTRAINT donation_totals_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.donations
    ADD CONSTRAINT donations_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.donations
    ADD CONSTRAINT donations_donor_id_fkey FOREIGN KEY (donor_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.milestones
    ADD CONSTRAINT milestones_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_actions
    ADD CONSTRAINT moderation_actions_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_actions
    ADD CONSTRAINT moderation_actions_moderator_id_fkey FOREIGN KEY (moderator_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.partner_tallies
    ADD CONSTRAINT partner_tallies_link_id_fkey FOREIGN KEY (link_id) REFERENCES public.campaign_partners(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.profiles
    ADD CONSTRAINT profiles_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.signature_days
    ADD CONSTRAINT signature_days_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.votes
    ADD CONSTRAINT votes_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.comments(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.votes
    ADD CONSTRAINT votes_supporter_id_fkey FOREIGN KEY (supporter_id) REFERENCES public.supporters(id) ON DELETE CASCADE;
