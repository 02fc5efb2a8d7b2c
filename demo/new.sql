-- The schema of release ocata: an image has one of four visibilities.
CREATE TABLE images (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(255),
  status VARCHAR(30) NOT NULL,
  created_at DATETIME NOT NULL,
  deleted BOOLEAN NOT NULL,
  min_disk INTEGER NOT NULL,
  min_ram INTEGER NOT NULL,
  protected BOOLEAN DEFAULT 0 NOT NULL,
  visibility VARCHAR(9) DEFAULT 'shared' NOT NULL,
  CHECK (deleted IN (0, 1)),
  CHECK (protected IN (0, 1)),
  CONSTRAINT image_visibility CHECK (visibility IN ('private', 'public', 'shared', 'community'))
);
CREATE INDEX ix_images_deleted ON images (deleted);
CREATE INDEX visibility_image_idx ON images (visibility);

CREATE TABLE image_members (
  id INTEGER NOT NULL PRIMARY KEY,
  image_id VARCHAR(36) NOT NULL REFERENCES images (id),
  member VARCHAR(255) NOT NULL,
  can_share BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  deleted BOOLEAN NOT NULL,
  status VARCHAR(20) DEFAULT 'pending' NOT NULL
);
