-- The whole schema. One text for SQLite and PostgreSQL: {ID} is the type of a primary key made by
-- us, {BLOB} of bytes, {SORTED} of text that is sorted by its bytes on both; they are replaced when the
-- migration runs. Times are microseconds since 1970, money is minor units, states are short texts, JSON is TEXT, and there are no booleans: a state or
-- a time that may be absent says more.

-- Nodes lease their number, which makes the identifiers of several nodes differ.
CREATE TABLE nodes (
    node BIGINT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    leased_until BIGINT NOT NULL
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- What admins have set over the configured values, as JSON, and one row that counts the changes: other
-- nodes see by it that theirs are stale.
CREATE TABLE setting_values (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by BIGINT
);
CREATE TABLE setting_versions (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);

-- The audit log: what operators and shops' members did. Rows are never updated or deleted. Each holds the
-- hash of the one before; there is one chain for each shop, and chain 0 for the marketplace's operators.
CREATE TABLE audit_chains (
    chain BIGINT NOT NULL PRIMARY KEY,
    -- How many entries there are, and the hash of the last.
    length BIGINT NOT NULL,
    hash {BLOB} NOT NULL
);
CREATE TABLE audit_entries (
    chain BIGINT NOT NULL,
    -- Counted from 1 in each chain, without a gap.
    place BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- Absent for the command line. No reference: the log outlives what it tells of.
    actor_id BIGINT,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    -- JSON: {"before": {}, "after": {}}.
    changes TEXT NOT NULL,
    request_id TEXT,
    address TEXT,
    user_agent TEXT,
    hash {BLOB} NOT NULL,
    PRIMARY KEY (chain, place)
);
CREATE INDEX audit_by_time ON audit_entries (id);
CREATE INDEX audit_by_chain ON audit_entries (chain, id);
CREATE INDEX audit_by_actor ON audit_entries (actor_id, id);
CREATE INDEX audit_by_action ON audit_entries (action, id);
CREATE INDEX audit_by_subject ON audit_entries (subject, id);

-- Public halves of the keys that sign access tokens; the private halves stay in the data folders.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    public_key {BLOB} NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

-- Keys that all nodes share: what they sign is worth no more than what the database holds.
CREATE TABLE shared_keys (
    name TEXT NOT NULL PRIMARY KEY,
    key {BLOB} NOT NULL
);

-- Counters of what may be tried only so often, over all nodes.
CREATE TABLE throttles (
    bucket TEXT NOT NULL PRIMARY KEY,
    window_ends_at BIGINT NOT NULL,
    hits BIGINT NOT NULL
);
CREATE INDEX throttles_by_end ON throttles (window_ends_at);

-- Answers kept under an Idempotency-Key, written in the transaction of what they answer.
CREATE TABLE idempotency_keys (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash {BLOB} NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Absent for ever: a checkout's.
    expires_at BIGINT,
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at) WHERE expires_at IS NOT NULL;

-- Background work, written in the business transaction that calls for it.
CREATE TABLE jobs (
    id {ID},
    kind TEXT NOT NULL,
    lane TEXT NOT NULL CHECK (lane IN ('mail', 'deadline', 'import', 'picture', 'fetch', 'gateway')),
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'failed')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX jobs_by_due ON jobs (lane, due_at, id) WHERE state = 'waiting';
-- No index by state alone: SQLite would take it for the claims and sort all that waits.
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';

-- The development mailbox: mails that were not sent, because no SMTP server is configured.
CREATE TABLE mailbox (
    id {ID},
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    sent_at BIGINT NOT NULL
);
CREATE INDEX mailbox_by_recipient ON mailbox (recipient, id);

CREATE TABLE users (
    id {ID},
    email TEXT NOT NULL,
    email_key {SORTED} NOT NULL UNIQUE,
    -- The same without what follows a `+`: by this a person's purchases are counted.
    person_key TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT,
    -- Lower case, for admins who look for a beginning: first name first, and last name first.
    name_key {SORTED} NOT NULL,
    surname_key {SORTED},
    admin_since BIGINT,
    suspended_at BIGINT,
    -- Since when a login takes a second factor: two_factors has it.
    two_factor_since BIGINT,
    -- Nobody any more: their orders stay, without a name.
    erased_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX users_by_name ON users (name_key);
CREATE INDEX users_by_surname ON users (surname_key) WHERE surname_key IS NOT NULL;
CREATE INDEX users_by_admin ON users (id) WHERE admin_since IS NOT NULL;

CREATE TABLE pending_registrations (
    -- SHA-256 of the registration_id, which only the registering client knows.
    id_hash {BLOB} NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    -- No more than three wait for one e-mail address.
    slot BIGINT NOT NULL CHECK (slot BETWEEN 0 AND 2),
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT,
    -- The application of a seller, as JSON.
    vendor TEXT,
    otp_hash {BLOB} NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    resends BIGINT NOT NULL DEFAULT 0,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (email_key, slot)
);
CREATE INDEX pending_registrations_by_end ON pending_registrations (expires_at);

CREATE TABLE password_resets (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    otp_hash {BLOB} NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX password_resets_by_end ON password_resets (expires_at);

-- Secrets of authenticator apps. Until it is confirmed one counts for nothing.
CREATE TABLE two_factors (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    -- Sealed with a key that the database does not have.
    sealed_secret {BLOB} NOT NULL,
    confirmed_at BIGINT,
    -- The newest time step of which a code was taken: none is taken twice.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Codes for whoever has lost their authenticator, as digests; one that is used is deleted.
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash {BLOB} NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Keys of programs: narrower than their owner, kept as digests.
CREATE TABLE api_keys (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    -- Words between blanks.
    scopes TEXT NOT NULL,
    secret_hash {BLOB} NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

-- E-mail addresses that wait for the codes that were mailed to them and to those before them.
CREATE TABLE email_changes (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    email TEXT NOT NULL,
    old_otp_hash {BLOB} NOT NULL,
    new_otp_hash {BLOB} NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX email_changes_by_end ON email_changes (expires_at);

CREATE TABLE sessions (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    user_agent TEXT,
    address TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    token_hash {BLOB} NOT NULL PRIMARY KEY,
    session_id BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- The token that this one was given for; absent for the first of a session.
    parent_hash {BLOB},
    issued_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, issued_at);
CREATE INDEX refresh_tokens_by_issue ON refresh_tokens (issued_at);

CREATE TABLE addresses (
    id {ID},
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT,
    city TEXT NOT NULL,
    region TEXT,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    default_since BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX addresses_by_user ON addresses (user_id, id);
CREATE UNIQUE INDEX addresses_one_default ON addresses (user_id) WHERE default_since IS NOT NULL;

-- The files of pictures, each noted before it is written.
CREATE TABLE media_files (
    -- SHA-256 of the stored file, in hex: its name in the media store.
    hash TEXT NOT NULL PRIMARY KEY,
    format TEXT NOT NULL CHECK (format IN ('jpg', 'webp')),
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    -- The images that show it, those taken off sold products included, and logos.
    uses BIGINT NOT NULL CHECK (uses >= 0),
    -- Until then it waits for its first image; 0 once it had one.
    held_until BIGINT NOT NULL,
    -- Until then whoever began to remove it does so, and nobody may use it.
    doomed_until BIGINT,
    -- When its other widths were there.
    rendered_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_files_unused ON media_files (held_until) WHERE uses = 0;

CREATE TABLE vendors (
    id {ID},
    owner_id BIGINT NOT NULL REFERENCES users (id),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    address TEXT NOT NULL,
    domain TEXT,
    tax_number TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'rejected', 'suspended')),
    rejection_reason TEXT,
    suspension_reason TEXT,
    -- Told when the stock of a variant falls to this, unless the variant has its own number.
    low_stock BIGINT,
    -- Absent: the marketplace's own.
    commission_bps BIGINT,
    fulfilment TEXT CHECK (fulfilment IN ('direct', 'hub')),
    rating_sum BIGINT NOT NULL DEFAULT 0,
    rating_count BIGINT NOT NULL DEFAULT 0,
    shipping_policy TEXT,
    return_policy TEXT,
    -- Holidays: its products show, and can't be ordered.
    closed_from BIGINT,
    closed_to BIGINT,
    logo_hash TEXT REFERENCES media_files (hash),
    created_at BIGINT NOT NULL,
    reviewed_at BIGINT,
    reviewer_id BIGINT REFERENCES users (id)
);
CREATE UNIQUE INDEX vendors_one_pending ON vendors (owner_id) WHERE status = 'pending';
CREATE UNIQUE INDEX vendors_one_shop ON vendors (owner_id) WHERE status IN ('accepted', 'suspended');
CREATE INDEX vendors_by_owner ON vendors (owner_id, id);
CREATE INDEX vendors_by_status ON vendors (status, id);
CREATE INDEX vendors_by_logo ON vendors (logo_hash, id) WHERE logo_hash IS NOT NULL;
CREATE INDEX vendors_by_reviewer ON vendors (reviewer_id) WHERE reviewer_id IS NOT NULL;

CREATE TABLE shipping_methods (
    id {ID},
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    name TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price >= 0),
    free_above BIGINT,
    -- JSON: [[up to so many grams, price]], and [[country, [regions]]].
    bands TEXT NOT NULL,
    destinations TEXT NOT NULL,
    min_days BIGINT,
    max_days BIGINT,
    paused_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX shipping_methods_by_vendor ON shipping_methods (vendor_id, id);

-- Replaced as a whole by admins.
CREATE TABLE tax_rates (
    country TEXT NOT NULL,
    -- Empty: the whole country, and the products without a class.
    region TEXT NOT NULL,
    tax_class TEXT NOT NULL,
    name TEXT,
    -- Millionths.
    rate_ppm BIGINT NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
    on_shipping BIGINT NOT NULL CHECK (on_shipping IN (0, 1)),
    PRIMARY KEY (country, region, tax_class)
);

CREATE TABLE vendor_members (
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'staff')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (vendor_id, user_id)
);
CREATE INDEX vendor_members_by_user ON vendor_members (user_id, vendor_id);

-- Who is invited into a shop; dropped when it is answered or has run out.
CREATE TABLE vendor_invitations (
    id {ID},
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('manager', 'staff')),
    inviter_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (vendor_id, email_key)
);
CREATE INDEX vendor_invitations_by_vendor ON vendor_invitations (vendor_id, id);
CREATE INDEX vendor_invitations_by_email ON vendor_invitations (email_key, id);
CREATE INDEX vendor_invitations_by_end ON vendor_invitations (expires_at);

CREATE TABLE vendor_reviews (
    id {ID},
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    reason TEXT,
    reviewer_id BIGINT NOT NULL REFERENCES users (id),
    reviewed_at BIGINT NOT NULL
);
CREATE INDEX vendor_reviews_by_vendor ON vendor_reviews (vendor_id, id);

CREATE TABLE categories (
    id {ID},
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    parent_id BIGINT REFERENCES categories (id),
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX categories_by_parent ON categories (parent_id, position, id);

-- Properties with a type that the products of a category have, and of those below it.
CREATE TABLE attributes (
    id {ID},
    category_id BIGINT NOT NULL REFERENCES categories (id),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('text', 'number', 'choice', 'boolean')),
    unit TEXT,
    -- JSON: ["Red", "Blue"].
    choices TEXT NOT NULL,
    -- 1: a product needs it to be published.
    is_required BIGINT NOT NULL CHECK (is_required IN (0, 1)),
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (category_id, key)
);

-- Slugs that were given up, which lead to what had them.
CREATE TABLE former_slugs (
    kind TEXT NOT NULL CHECK (kind IN ('product', 'category', 'vendor')),
    slug TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    retired_at BIGINT NOT NULL,
    PRIMARY KEY (kind, slug)
);

-- One row: taken by whoever changes the tree, and counted up, so that copies know when they are stale.
CREATE TABLE category_tree (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);

CREATE TABLE products (
    id {ID},
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    category_id BIGINT REFERENCES categories (id),
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    -- JSON object, as the seller wrote it.
    specs TEXT NOT NULL,
    -- JSON: [{"name", "values": []}].
    options TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('draft', 'pending_review', 'changes_requested', 'published', 'archived')),
    -- When it is to be published, and to be archived, by itself.
    publish_at BIGINT,
    unpublish_at BIGINT,
    -- What an operator wants to be changed.
    review_reason TEXT,
    -- What an import calls it: a handle or an SKU. A second import finds it by this.
    import_key TEXT,
    -- What the plain search looks through, in lower case; the text is the description and the SKUs.
    search_title TEXT NOT NULL,
    search_text TEXT NOT NULL,
    search_vendor TEXT NOT NULL,
    search_category TEXT NOT NULL,
    rating_sum BIGINT NOT NULL DEFAULT 0,
    rating_count BIGINT NOT NULL DEFAULT 0,
    -- Thousandths of the average, rounded to hundredths as it is shown: what lists filter and sort by.
    rating_milli BIGINT NOT NULL DEFAULT 0,
    units_sold BIGINT NOT NULL DEFAULT 0,
    -- Of the default variant: what lists filter and sort by. final_price holds until price_changes_at;
    -- then it is worked out anew from price, sale_price and the time in which the sale holds.
    price BIGINT NOT NULL,
    sale_price BIGINT,
    sale_starts_at BIGINT,
    sale_ends_at BIGINT,
    final_price BIGINT NOT NULL,
    price_changes_at BIGINT,
    -- Which tax applies, where it is not the usual; how many one buyer may have; when the sale opens.
    tax_class TEXT,
    max_per_customer BIGINT CHECK (max_per_customer > 0),
    opens_at BIGINT,
    published_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX products_by_vendor ON products (vendor_id, status, id);
CREATE INDEX products_to_review ON products (status, id) WHERE status IN ('pending_review', 'changes_requested');
CREATE INDEX products_by_category ON products (category_id, id);
CREATE INDEX products_by_price ON products (final_price, id) WHERE status = 'published';
CREATE INDEX products_by_rating ON products (rating_milli, id) WHERE status = 'published';
CREATE INDEX products_by_sales ON products (units_sold, id) WHERE status = 'published';
CREATE INDEX products_by_price_change ON products (price_changes_at) WHERE price_changes_at IS NOT NULL;
CREATE UNIQUE INDEX products_by_import_key ON products (vendor_id, import_key) WHERE import_key IS NOT NULL;

-- What products have of their categories' attributes.
CREATE TABLE product_attributes (
    product_id BIGINT NOT NULL REFERENCES products (id),
    attribute_id BIGINT NOT NULL REFERENCES attributes (id),
    -- A text, a choice, `true` or `false`.
    value_text TEXT,
    -- A number, in millionths.
    value_number BIGINT,
    PRIMARY KEY (product_id, attribute_id)
);
CREATE INDEX product_attributes_by_value ON product_attributes (attribute_id, value_text, value_number, product_id);

CREATE TABLE variants (
    id {ID},
    product_id BIGINT NOT NULL REFERENCES products (id),
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    -- 0 is the default variant.
    position BIGINT NOT NULL,
    sku TEXT,
    title TEXT NOT NULL,
    -- JSON object: option name → value.
    options TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price > 0),
    discount_percent BIGINT,
    discount_amount BIGINT,
    discount_starts_at BIGINT,
    discount_ends_at BIGINT,
    stock BIGINT NOT NULL CHECK (stock >= 0),
    weight_grams BIGINT,
    gtin TEXT,
    -- Of the product's; one that was taken off counts as none.
    image_id BIGINT,
    -- The seller is told when the stock falls to this; the shop's own number without.
    low_stock BIGINT,
    -- 1 from when it fell so far until the seller was told.
    low_to_tell BIGINT NOT NULL DEFAULT 0,
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX variants_by_product ON variants (product_id, position);
CREATE INDEX variants_low_to_tell ON variants (vendor_id, id) WHERE low_to_tell = 1;
CREATE UNIQUE INDEX variants_by_sku ON variants (vendor_id, sku) WHERE sku IS NOT NULL AND archived_at IS NULL;

-- What variants cost from a moment on, until the next row's.
CREATE TABLE price_history (
    id {ID},
    variant_id BIGINT NOT NULL REFERENCES variants (id),
    price BIGINT NOT NULL,
    discount_percent BIGINT,
    discount_amount BIGINT,
    discount_starts_at BIGINT,
    discount_ends_at BIGINT,
    valid_from BIGINT NOT NULL
);
CREATE INDEX price_history_by_variant ON price_history (variant_id, valid_from, id);

CREATE TABLE stock_movements (
    id {ID},
    variant_id BIGINT NOT NULL REFERENCES variants (id),
    delta BIGINT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN
        ('initial', 'adjustment', 'import', 'checkout', 'cancelled', 'expired', 'returned')),
    stock_after BIGINT NOT NULL CHECK (stock_after >= 0),
    -- A user; absent where the marketplace itself acted.
    actor_id BIGINT,
    note TEXT,
    order_id BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX stock_movements_by_variant ON stock_movements (variant_id, id);

CREATE TABLE images (
    id {ID},
    product_id BIGINT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    content_hash TEXT NOT NULL REFERENCES media_files (hash),
    -- As of its file.
    format TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    alt TEXT NOT NULL,
    -- What must stay visible where it is cut: percent from the left and from the top.
    focal_x BIGINT,
    focal_y BIGINT,
    -- The address an import found it at.
    source TEXT,
    -- Taken off a product that was sold: orders still show it.
    removed_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX images_by_product ON images (product_id, position);
CREATE INDEX images_by_content ON images (content_hash);

-- What buyers think of what they received.
CREATE TABLE reviews (
    id {ID},
    product_id BIGINT NOT NULL REFERENCES products (id),
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    stars BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title TEXT,
    body TEXT,
    -- The seller's.
    answer TEXT,
    answered_at BIGINT,
    -- An operator took it out of sight: it does not count.
    hidden_at BIGINT,
    hidden_reason TEXT,
    hidden_by BIGINT REFERENCES users (id),
    -- Reports that nobody has decided on.
    open_reports BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (product_id, user_id)
);
CREATE INDEX reviews_by_product ON reviews (product_id, id) WHERE hidden_at IS NULL;
CREATE INDEX reviews_by_vendor ON reviews (vendor_id, id);
CREATE INDEX reviews_by_user ON reviews (user_id, id);
CREATE INDEX reviews_reported ON reviews (id) WHERE open_reports > 0;
CREATE INDEX reviews_hidden ON reviews (id) WHERE hidden_at IS NOT NULL;

CREATE TABLE review_reports (
    review_id BIGINT NOT NULL REFERENCES reviews (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    decided_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (review_id, user_id)
);
CREATE INDEX review_reports_by_user ON review_reports (user_id);

-- What looks different now, written by whoever changes it, and followed by every node. Its one index grows
-- at its end.
CREATE TABLE changes (
    id {ID},
    kind TEXT NOT NULL CHECK (kind IN ('product', 'vendor', 'category')),
    subject BIGINT NOT NULL
);

CREATE TABLE imports (
    id {ID},
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    file_name TEXT NOT NULL,
    default_stock BIGINT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('write', 'dry_run')),
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    rows_done BIGINT NOT NULL,
    rows_total BIGINT NOT NULL,
    -- Products of the file that are dealt with: moved in the transaction that writes them.
    next_place BIGINT NOT NULL,
    products_created BIGINT NOT NULL,
    products_updated BIGINT NOT NULL,
    -- Kept or not.
    error_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    -- How long the file is.
    file_bytes BIGINT NOT NULL
);
CREATE INDEX imports_by_vendor ON imports (vendor_id, id);

-- The files of imports that are not over. They come in before their import is begun.
CREATE TABLE import_parts (
    import_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    bytes {BLOB} NOT NULL,
    PRIMARY KEY (import_id, place)
);

CREATE TABLE import_errors (
    import_id BIGINT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (import_id, line, column_name)
);

-- Imports of whole catalogues that are not over.
CREATE TABLE catalogue_imports (
    -- SHA-256 of the file's lines and of how they are imported.
    fingerprint {BLOB} NOT NULL PRIMARY KEY,
    -- Products and wrong lines that are dealt with, in the order of the file.
    place BIGINT NOT NULL,
    products_done BIGINT NOT NULL,
    products_created BIGINT NOT NULL,
    products_updated BIGINT NOT NULL,
    error_count BIGINT NOT NULL,
    advanced_at BIGINT NOT NULL
);

-- Images that a file names, until they are fetched or given up.
CREATE TABLE wanted_images (
    product_id BIGINT NOT NULL REFERENCES products (id),
    url TEXT NOT NULL,
    place BIGINT NOT NULL,
    alt TEXT,
    -- The import that is told when it can't be had, and the place in its file.
    import_id BIGINT REFERENCES imports (id),
    line BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (product_id, url)
);

CREATE TABLE carts (
    id {ID},
    -- One of the two: a user's cart, or a guest's by the hash of its token.
    user_id BIGINT UNIQUE REFERENCES users (id),
    token_hash {BLOB} UNIQUE,
    updated_at BIGINT NOT NULL
);
CREATE INDEX carts_by_update ON carts (updated_at) WHERE user_id IS NULL;

CREATE TABLE cart_items (
    cart_id BIGINT NOT NULL REFERENCES carts (id),
    variant_id BIGINT NOT NULL REFERENCES variants (id),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    -- The final price of a unit when it was put in: what `price_changed` compares with.
    seen_price BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (cart_id, variant_id)
);

-- What a shopper put aside; the cart's shopper owns it.
CREATE TABLE saved_items (
    cart_id BIGINT NOT NULL REFERENCES carts (id),
    variant_id BIGINT NOT NULL REFERENCES variants (id),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (cart_id, variant_id)
);

-- When users are to be reminded of what is in their carts: at most one row for a cart, while that is on.
CREATE TABLE cart_reminders (
    cart_id BIGINT NOT NULL PRIMARY KEY REFERENCES carts (id),
    due_at BIGINT NOT NULL
);
CREATE INDEX cart_reminders_by_due ON cart_reminders (due_at, cart_id);

-- Who wants no reminders.
CREATE TABLE reminder_opt_outs (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id),
    since BIGINT NOT NULL
);

CREATE TABLE coupons (
    id {ID},
    -- In capital letters. No two coupons ever have the same, so that an old order's code stays clear.
    code {SORTED} NOT NULL UNIQUE,
    funded_by TEXT NOT NULL CHECK (funded_by IN ('marketplace', 'vendor')),
    -- The only shop whose goods it is for; the one that pays, where a shop does.
    vendor_id BIGINT REFERENCES vendors (id),
    benefit TEXT NOT NULL CHECK (benefit IN ('percent', 'amount', 'free_shipping')),
    -- Hundredths, or minor units.
    benefit_value BIGINT NOT NULL,
    min_total BIGINT,
    max_uses BIGINT,
    max_uses_per_user BIGINT,
    -- JSON arrays of numbers: the products and the categories it is for.
    products TEXT NOT NULL,
    categories TEXT NOT NULL,
    stackable BIGINT NOT NULL CHECK (stackable IN (0, 1)),
    starts_at BIGINT,
    ends_at BIGINT,
    paused_at BIGINT,
    archived_at BIGINT,
    -- Redemptions that were not given back.
    used_count BIGINT NOT NULL DEFAULT 0 CHECK (used_count >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX coupons_by_vendor ON coupons (vendor_id, id) WHERE vendor_id IS NOT NULL;

CREATE TABLE cart_coupons (
    cart_id BIGINT NOT NULL REFERENCES carts (id),
    coupon_id BIGINT NOT NULL REFERENCES coupons (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (cart_id, coupon_id)
);

-- How often each buyer has used a coupon: what a limit is guarded by. A buyer is the e-mail address as in
-- users.person_key, with an account or without.
CREATE TABLE coupon_buyers (
    coupon_id BIGINT NOT NULL REFERENCES coupons (id),
    buyer TEXT NOT NULL,
    uses BIGINT NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (coupon_id, buyer)
);
CREATE INDEX coupon_buyers_by_buyer ON coupon_buyers (buyer);

CREATE TABLE wishlist_items (
    user_id BIGINT NOT NULL REFERENCES users (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, product_id)
);
CREATE INDEX wishlist_by_time ON wishlist_items (user_id, added_at, product_id);

CREATE TABLE checkouts (
    id {ID},
    -- Absent when a guest bought.
    user_id BIGINT REFERENCES users (id),
    guest_email TEXT,
    -- In lower case: by which the purchase is claimed when the address registers.
    guest_email_key TEXT,
    guest_token_hash {BLOB},
    status TEXT NOT NULL CHECK (status IN ('awaiting_payment', 'confirmed', 'expired', 'cancelled')),
    payment_method TEXT NOT NULL,
    currency TEXT NOT NULL,
    items_total BIGINT NOT NULL,
    discount_total BIGINT NOT NULL,
    shipping_total BIGINT NOT NULL,
    tax_total BIGINT NOT NULL,
    grand_total BIGINT NOT NULL,
    -- JSON: the address as it was at this moment.
    address TEXT NOT NULL,
    note TEXT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX checkouts_by_user ON checkouts (user_id, id);
CREATE INDEX checkouts_by_guest ON checkouts (guest_email_key)
    WHERE guest_email_key IS NOT NULL AND user_id IS NULL;
CREATE INDEX checkouts_unpaid ON checkouts (expires_at, id) WHERE status = 'awaiting_payment';

CREATE TABLE coupon_redemptions (
    checkout_id BIGINT NOT NULL REFERENCES checkouts (id),
    coupon_id BIGINT NOT NULL REFERENCES coupons (id),
    buyer TEXT NOT NULL,
    -- What it took off: goods and shipping.
    discount BIGINT NOT NULL,
    redeemed_at BIGINT NOT NULL,
    -- When the unpaid checkout ended.
    given_back_at BIGINT,
    PRIMARY KEY (checkout_id, coupon_id)
);
CREATE INDEX coupon_redemptions_by_buyer ON coupon_redemptions (buyer);
CREATE INDEX coupon_redemptions_by_coupon ON coupon_redemptions (coupon_id, checkout_id);

-- Units of products with a limit that each buyer has bought: what the limit is guarded by. A buyer is what
-- it is for coupons.
CREATE TABLE product_buyers (
    product_id BIGINT NOT NULL REFERENCES products (id),
    buyer TEXT NOT NULL,
    units BIGINT NOT NULL CHECK (units >= 0),
    PRIMARY KEY (product_id, buyer)
);
CREATE INDEX product_buyers_by_buyer ON product_buyers (buyer);

CREATE TABLE orders (
    id {ID},
    checkout_id BIGINT NOT NULL REFERENCES checkouts (id),
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    user_id BIGINT REFERENCES users (id),
    number TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('awaiting_payment', 'pending', 'accepted', 'packed', 'shipped', 'delivered', 'returned', 'cancelled')),
    fulfilment TEXT NOT NULL CHECK (fulfilment IN ('direct', 'hub')),
    items_total BIGINT NOT NULL,
    discount_total BIGINT NOT NULL,
    shipping_total BIGINT NOT NULL,
    tax_total BIGINT NOT NULL,
    total BIGINT NOT NULL,
    -- The tax that the prices contain, and of all tax the part on shipping.
    included_tax BIGINT NOT NULL DEFAULT 0,
    shipping_tax BIGINT NOT NULL DEFAULT 0,
    -- What the marketplace pays of what coupons took off, and the tax that it collects.
    promoted BIGINT NOT NULL DEFAULT 0,
    platform_tax BIGINT NOT NULL DEFAULT 0,
    -- JSON: how it is shipped, and what changed the price of that.
    shipping_method TEXT,
    adjustments TEXT,
    commission_bps BIGINT NOT NULL,
    commission BIGINT NOT NULL,
    -- What was given back so far: for the cancelled order, for returned items, by an admin.
    refunded_total BIGINT NOT NULL DEFAULT 0,
    -- The part of promoted that went back with it.
    promoted_back BIGINT NOT NULL DEFAULT 0,
    -- When the seller first saw it: paid, or to be paid on delivery. Absent for ever when it never was.
    started_at BIGINT,
    -- When its money came in: at the capture, or at delivery when paid in cash; at once when there is
    -- nothing to pay for the whole checkout.
    captured_at BIGINT,
    -- When the seller's money for it became available.
    released_at BIGINT,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX orders_by_checkout ON orders (checkout_id, id);
CREATE INDEX orders_by_vendor ON orders (vendor_id, id);
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_to_release ON orders (delivered_at, id) WHERE delivered_at IS NOT NULL AND released_at IS NULL;

CREATE TABLE order_items (
    id {ID},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    product_id BIGINT NOT NULL,
    variant_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    variant_title TEXT NOT NULL,
    sku TEXT,
    image TEXT,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    unit_price BIGINT NOT NULL,
    final_unit_price BIGINT NOT NULL,
    line_total BIGINT NOT NULL,
    -- What coupons take off the line, and the tax on what is left: on top, or contained.
    coupon_discount BIGINT NOT NULL DEFAULT 0,
    tax BIGINT NOT NULL DEFAULT 0,
    -- JSON: what changed the line's price.
    adjustments TEXT,
    -- Towards whose limit of the product the units count, where it has one: see product_buyers.
    limited_for TEXT,
    quantity_shipped BIGINT NOT NULL DEFAULT 0 CHECK (quantity_shipped BETWEEN 0 AND quantity),
    -- Units in returns that were not rejected: what cannot be asked for again.
    quantity_claimed BIGINT NOT NULL DEFAULT 0 CHECK (quantity_claimed BETWEEN 0 AND quantity),
    -- Units that came back.
    quantity_returned BIGINT NOT NULL DEFAULT 0 CHECK (quantity_returned BETWEEN 0 AND quantity)
);
CREATE INDEX order_items_by_limited ON order_items (limited_for) WHERE limited_for IS NOT NULL;
CREATE INDEX order_items_by_order ON order_items (order_id, id);

CREATE TABLE order_events (
    id {ID},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    at BIGINT NOT NULL,
    -- `buyer`, `vendor`, `admin` or `system`, and who of them.
    actor TEXT NOT NULL,
    actor_id BIGINT,
    from_status TEXT,
    to_status TEXT NOT NULL,
    note TEXT
);
CREATE INDEX order_events_by_order ON order_events (order_id, id);

CREATE TABLE shipments (
    id {ID},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    status TEXT NOT NULL CHECK (status IN
        ('in_transit', 'in_transit_to_hub', 'at_hub', 'out_for_delivery', 'delivered')),
    carrier TEXT,
    tracking_number TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX shipments_by_order ON shipments (order_id, id);

CREATE TABLE shipment_items (
    shipment_id BIGINT NOT NULL REFERENCES shipments (id),
    item_id BIGINT NOT NULL REFERENCES order_items (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, item_id)
);

CREATE TABLE returns (
    id {ID},
    order_id BIGINT NOT NULL REFERENCES orders (id),
    vendor_id BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('requested', 'approved', 'rejected', 'received', 'refunded')),
    reason TEXT NOT NULL,
    answer TEXT,
    refund BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX returns_by_order ON returns (order_id, id);
CREATE INDEX returns_by_vendor ON returns (vendor_id, id);

CREATE TABLE return_items (
    return_id BIGINT NOT NULL REFERENCES returns (id),
    item_id BIGINT NOT NULL REFERENCES order_items (id),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (return_id, item_id)
);

CREATE TABLE payments (
    id {ID},
    checkout_id BIGINT NOT NULL REFERENCES checkouts (id),
    user_id BIGINT REFERENCES users (id),
    method TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'requires_action', 'processing', 'captured', 'failed',
        'cancelled', 'partially_refunded', 'refunded')),
    -- What is due. `captured` counts what came in, order by order for cash on delivery.
    amount BIGINT NOT NULL,
    captured_amount BIGINT NOT NULL DEFAULT 0,
    refunded_amount BIGINT NOT NULL DEFAULT 0,
    -- What came in too late: it pays for no order and goes back.
    late_amount BIGINT NOT NULL DEFAULT 0,
    failure_code TEXT,
    created_at BIGINT NOT NULL,
    captured_at BIGINT
);
CREATE INDEX payments_by_checkout ON payments (checkout_id, id);
CREATE INDEX payments_by_user ON payments (user_id, id);
-- Never two captures of the same money: one payment of a checkout can be open or captured. One whose money all
-- came too late is neither.
CREATE UNIQUE INDEX payments_one_live ON payments (checkout_id)
    WHERE status NOT IN ('failed', 'cancelled') AND (late_amount = 0 OR late_amount < captured_amount);

CREATE TABLE refunds (
    id {ID},
    payment_id BIGINT NOT NULL REFERENCES payments (id),
    order_id BIGINT REFERENCES orders (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- The return that it ends.
    return_id BIGINT REFERENCES returns (id),
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    -- One that failed can be tried again.
    attempt BIGINT NOT NULL DEFAULT 1,
    -- What the provider calls the attempt.
    provider_ref TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX refunds_by_payment ON refunds (payment_id, id);
CREATE INDEX refunds_by_order ON refunds (order_id, id);
CREATE INDEX refunds_unsettled ON refunds (status, id) WHERE status <> 'succeeded';

-- The PaymentIntents of payments by Stripe.
CREATE TABLE stripe_intents (
    payment_id BIGINT NOT NULL PRIMARY KEY REFERENCES payments (id),
    -- What was asked for at first, in minor units: written before Stripe is asked, so that it is always asked for
    -- the same. It only becomes less.
    asked_amount BIGINT NOT NULL,
    -- What Stripe was last told.
    amount BIGINT NOT NULL,
    -- Absent until Stripe has answered.
    intent_id TEXT UNIQUE,
    -- By which the buyer's browser pays. Sealed.
    client_secret {BLOB},
    -- When it was cancelled at Stripe.
    ended_at BIGINT
);

-- The double-entry book. Rows are never updated or deleted.
CREATE TABLE ledger_transactions (
    id {ID},
    kind TEXT NOT NULL,
    order_id BIGINT,
    payment_id BIGINT,
    -- What makes it happen once only, such as `capture:pay_…:ord_…`.
    reference TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL
);
CREATE INDEX ledger_transactions_by_order ON ledger_transactions (order_id, id);

CREATE TABLE ledger_entries (
    id {ID},
    transaction_id BIGINT NOT NULL REFERENCES ledger_transactions (id),
    account TEXT NOT NULL,
    vendor_id BIGINT,
    -- Credits are positive.
    amount BIGINT NOT NULL,
    kind TEXT NOT NULL,
    order_id BIGINT,
    at BIGINT NOT NULL
);
CREATE INDEX ledger_entries_by_transaction ON ledger_entries (transaction_id, id);
CREATE INDEX ledger_entries_by_vendor ON ledger_entries (vendor_id, id) WHERE vendor_id IS NOT NULL;

-- Sums of the sellers' accounts, kept in the transaction of each entry. The marketplace's own
-- accounts have none: every purchase would queue for the same row.
CREATE TABLE vendor_balances (
    vendor_id BIGINT NOT NULL PRIMARY KEY REFERENCES vendors (id),
    pending BIGINT NOT NULL,
    available BIGINT NOT NULL
);
