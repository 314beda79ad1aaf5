/**
 * The tables of `chat.db` as macOS 26 has them: every column by its real name and in its real order, and the triggers that a reader can
 * notice. What only Apple's own processes write to (sync state, indexing) is there as far as joins and triggers touch it.
 */

const MESSAGE_COLUMNS = `
  ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, replace INTEGER DEFAULT 0, service_center TEXT,
  handle_id INTEGER DEFAULT 0, subject TEXT, country TEXT, attributedBody BLOB, version INTEGER DEFAULT 0, type INTEGER DEFAULT 0,
  service TEXT, account TEXT, account_guid TEXT, error INTEGER DEFAULT 0, date INTEGER, date_read INTEGER, date_delivered INTEGER,
  is_delivered INTEGER DEFAULT 0, is_finished INTEGER DEFAULT 0, is_emote INTEGER DEFAULT 0, is_from_me INTEGER DEFAULT 0,
  is_empty INTEGER DEFAULT 0, is_delayed INTEGER DEFAULT 0, is_auto_reply INTEGER DEFAULT 0, is_prepared INTEGER DEFAULT 0,
  is_read INTEGER DEFAULT 0, is_system_message INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, has_dd_results INTEGER DEFAULT 0,
  is_service_message INTEGER DEFAULT 0, is_forward INTEGER DEFAULT 0, was_downgraded INTEGER DEFAULT 0, is_archive INTEGER DEFAULT 0,
  cache_has_attachments INTEGER DEFAULT 0, cache_roomnames TEXT, was_data_detected INTEGER DEFAULT 0,
  was_deduplicated INTEGER DEFAULT 0, is_audio_message INTEGER DEFAULT 0, is_played INTEGER DEFAULT 0, date_played INTEGER,
  item_type INTEGER DEFAULT 0, other_handle INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0,
  share_status INTEGER DEFAULT 0, share_direction INTEGER DEFAULT 0, is_expirable INTEGER DEFAULT 0, expire_state INTEGER DEFAULT 0,
  message_action_type INTEGER DEFAULT 0, message_source INTEGER DEFAULT 0, associated_message_guid TEXT,
  associated_message_type INTEGER DEFAULT 0, balloon_bundle_id TEXT, payload_data BLOB, expressive_send_style_id TEXT,
  associated_message_range_location INTEGER DEFAULT 0, associated_message_range_length INTEGER DEFAULT 0,
  time_expressive_send_played INTEGER, message_summary_info BLOB, ck_sync_state INTEGER DEFAULT 0, ck_record_id TEXT,
  ck_record_change_tag TEXT, destination_caller_id TEXT, is_corrupt INTEGER DEFAULT 0, reply_to_guid TEXT, sort_id INTEGER,
  is_spam INTEGER DEFAULT 0, has_unseen_mention INTEGER DEFAULT 0, thread_originator_guid TEXT, thread_originator_part TEXT,
  syndication_ranges TEXT, synced_syndication_ranges TEXT, was_delivered_quietly INTEGER DEFAULT 0,
  did_notify_recipient INTEGER DEFAULT 0, date_retracted INTEGER DEFAULT 0, date_edited INTEGER DEFAULT 0,
  was_detonated INTEGER DEFAULT 0, part_count INTEGER, is_stewie INTEGER DEFAULT 0, is_sos INTEGER DEFAULT 0,
  is_critical INTEGER DEFAULT 0, bia_reference_id TEXT DEFAULT NULL, is_kt_verified INTEGER DEFAULT 0,
  fallback_hash TEXT DEFAULT NULL, associated_message_emoji TEXT DEFAULT NULL, is_pending_satellite_send INTEGER DEFAULT 0,
  needs_relay INTEGER DEFAULT 0, schedule_type INTEGER DEFAULT 0, schedule_state INTEGER DEFAULT 0,
  sent_or_received_off_grid INTEGER DEFAULT 0, date_recovered INTEGER DEFAULT 0, is_time_sensitive INTEGER DEFAULT 0,
  ck_chat_id TEXT, index_state INTEGER DEFAULT 0`

const CHAT_COLUMNS = `
  ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER, account_id TEXT, properties BLOB,
  chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT, is_archived INTEGER DEFAULT 0,
  last_addressed_handle TEXT, display_name TEXT, group_id TEXT, is_filtered INTEGER DEFAULT 0, successful_query INTEGER,
  engram_id TEXT, server_change_token TEXT, ck_sync_state INTEGER DEFAULT 0, original_group_id TEXT,
  last_read_message_timestamp INTEGER DEFAULT 0, cloudkit_record_id TEXT, last_addressed_sim_id TEXT,
  is_blackholed INTEGER DEFAULT 0, syndication_date INTEGER DEFAULT 0, syndication_type INTEGER DEFAULT 0,
  is_recovered INTEGER DEFAULT 0, is_deleting_incoming_messages INTEGER DEFAULT 0, is_pending_review INTEGER DEFAULT 0`

const ATTACHMENT_COLUMNS = `
  ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0,
  filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, user_info BLOB,
  transfer_name TEXT, total_bytes INTEGER DEFAULT 0, is_sticker INTEGER DEFAULT 0, sticker_user_info BLOB, attribution_info BLOB,
  hide_attachment INTEGER DEFAULT 0, ck_sync_state INTEGER DEFAULT 0, ck_server_change_token_blob BLOB, ck_record_id TEXT,
  original_guid TEXT UNIQUE NOT NULL, is_commsafety_sensitive INTEGER DEFAULT 0, emoji_image_content_identifier TEXT DEFAULT NULL,
  emoji_image_short_description TEXT DEFAULT NULL, preview_generation_state INTEGER DEFAULT 0`

const chatKey = 'chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE'
const messageKey = 'message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE'
const handleKey = 'handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE'
const attachmentKey = 'attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE'
const rowId = 'ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE'

const TABLES: Readonly<Record<string, string>> = {
  _SqliteDatabaseProperties: 'key TEXT, value TEXT, UNIQUE(key)',
  message: MESSAGE_COLUMNS,
  chat: CHAT_COLUMNS,
  attachment: ATTACHMENT_COLUMNS,
  handle: `${rowId}, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT,
    UNIQUE (id, service)`,
  chat_message_join: `${chatKey}, ${messageKey}, message_date INTEGER DEFAULT 0, index_state INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, message_id)`,
  chat_handle_join: `${chatKey}, ${handleKey}, UNIQUE(chat_id, handle_id)`,
  message_attachment_join: `${messageKey}, ${attachmentKey}, UNIQUE(message_id, attachment_id)`,
  chat_recoverable_message_join: `${chatKey}, ${messageKey}, delete_date INTEGER, ck_sync_state INTEGER DEFAULT 0,
    PRIMARY KEY (chat_id, message_id), CHECK (delete_date != 0)`,
  recoverable_message_part: `${chatKey}, ${messageKey}, part_index INTEGER, delete_date INTEGER, part_text BLOB NOT NULL,
    ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id, part_index), CHECK (delete_date != 0)`,
  unsynced_removed_recoverable_messages: `${rowId}, chat_guid TEXT NOT NULL, message_guid TEXT NOT NULL, part_index INTEGER`,
  deleted_messages: `${rowId}, guid TEXT NOT NULL`,
  sync_deleted_messages: `${rowId}, guid TEXT NOT NULL, recordID TEXT`,
  sync_deleted_chats: `${rowId}, guid TEXT NOT NULL, recordID TEXT, timestamp INTEGER`,
  sync_deleted_attachments: `${rowId}, guid TEXT NOT NULL, recordID TEXT`,
  scheduled_messages_pending_cloudkit_delete: `${rowId}, guid TEXT NOT NULL, recordID TEXT`,
  message_processing_task: `${rowId}, guid TEXT UNIQUE NOT NULL, task_flags INTEGER NOT NULL, reasons INTEGER NOT NULL`,
  kvtable: `${rowId}, key TEXT UNIQUE NOT NULL, value BLOB NOT NULL`,
}

const INDEXES: readonly string[] = [
  'message_idx_date ON message(date)',
  'message_idx_handle_id ON message(handle_id)',
  'message_idx_handle ON message(handle_id, date)',
  'message_idx_other_handle ON message(other_handle)',
  'message_idx_failed ON message(is_finished, is_from_me, error)',
  'message_idx_associated_message2 ON message(associated_message_guid) WHERE associated_message_guid IS NOT NULL',
  'message_idx_thread_originator_guid ON message(thread_originator_guid)',
  'message_idx_cache_has_attachments ON message(cache_has_attachments)',
  'chat_idx_chat_identifier ON chat(chat_identifier)',
  'chat_idx_chat_identifier_service_name ON chat(chat_identifier, service_name)',
  'chat_idx_group_id ON chat(group_id)',
  'chat_message_join_idx_chat_id ON chat_message_join(chat_id)',
  'chat_message_join_idx_message_id_only ON chat_message_join(message_id)',
  'chat_message_join_idx_message_date_id_chat_id ON chat_message_join(chat_id, message_date, message_id)',
  'chat_handle_join_idx_handle_id ON chat_handle_join(handle_id)',
  'message_attachment_join_idx_message_id ON message_attachment_join(message_id)',
  'message_attachment_join_idx_attachment_id ON message_attachment_join(attachment_id)',
]

const TRIGGERS: readonly string[] = [
  `after_insert_on_chat_message_join AFTER INSERT ON chat_message_join BEGIN
     UPDATE message SET cache_roomnames = (
       SELECT group_concat(c.room_name) FROM chat c INNER JOIN chat_message_join j ON c.ROWID = j.chat_id
       WHERE j.message_id = NEW.message_id
     ) WHERE message.ROWID = NEW.message_id;
   END`,
  `after_insert_on_message_attachment_join AFTER INSERT ON message_attachment_join BEGIN
     UPDATE message SET cache_has_attachments = 1 WHERE message.ROWID = NEW.message_id;
   END`,
  `update_message_date_after_update_on_message AFTER UPDATE OF date ON message BEGIN
     UPDATE chat_message_join SET message_date = NEW.date WHERE message_id = NEW.ROWID AND message_date != NEW.date;
   END`,
  `add_to_deleted_messages AFTER DELETE ON message BEGIN
     INSERT INTO deleted_messages (guid) VALUES (OLD.guid);
   END`,
  `add_to_sync_deleted_messages AFTER DELETE ON message BEGIN
     INSERT INTO sync_deleted_messages (guid, recordID) VALUES (OLD.guid, OLD.ck_record_id);
   END`,
]

export const SCHEMA: string = [
  ...Object.entries(TABLES).map(([name, columns]) => `CREATE TABLE ${name} (${columns})`),
  ...INDEXES.map((index) => `CREATE INDEX ${index}`),
  ...TRIGGERS.map((trigger) => `CREATE TRIGGER ${trigger}`),
  "INSERT INTO _SqliteDatabaseProperties (key, value) VALUES ('_ClientVersion', '19602')",
].join(';\n')
