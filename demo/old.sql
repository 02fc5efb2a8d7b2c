-- The schema of release newton: an image is public, or it is not.
CREATE TABLE images (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(255),
  status VARCHAR(30) NOT NULL,
  is_public BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  deleted BOOLEAN NOT NULL,
  min_disk INTEGER NOT NULL,
  min_ram INTEGER NOT NULL,
  protected BOOLEAN DEFAULT 0 NOT NULL,
  CHECK (is_public IN (0, 1)),
  CHECK (deleted IN (0, 1)),
  CHECK (protected IN (0, 1))
);
CREATE INDEX ix_images_is_public ON images (is_public);
CREATE INDEX ix_images_deleted ON images (deleted);

CREATE TABLE image_members (
  id INTEGER NOT NULL PRIMARY KEY,
  image_id VARCHAR(36) NOT NULL REFERENCES images (id),
  member VARCHAR(255) NOT NULL,
  can_share BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  deleted BOOLEAN NOT NULL,
  status VARCHAR(20) DEFAULT 'pending' NOT NULL
);
