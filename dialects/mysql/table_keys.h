// What the keys of a table mean to the server beyond being declared.
#pragma once

#include <string>
#include <vector>

#include "schema/table.h"

namespace emcee::mysql {

// The AUTO_INCREMENT column that no declared key begins with; nullptr where there is none. The server
// takes such a column with a key only, so between two statements an interim one serves.
const schema::Column* without_key(const schema::Table& table);
// The name of that interim key.
std::string interim_key(const schema::Column& column);

// The columns by which InnoDB sorts the rows: the primary key, else the first unique one that cannot
// be NULL; empty where there is none. To change them is to write every row anew.
std::vector<schema::Identifier> clustered_key(const schema::Table& table);

// The number of characters, or of bytes, that a type like varchar(20) is declared with; 0: with none.
int characters(const schema::Type& type);
// The bytes of the longest character that the column holds.
int character_bytes(const schema::Column& column);
// The bytes of a value where every one takes as many; 0: for those of texts and byte strings that differ.
int fixed_bytes(const schema::Column& column);
// What a value takes at most of the row, where one of a BLOB is a pointer to it.
int row_bytes(const schema::Column& column);
// What a part of a key, or all of it, takes at most, in bytes. `prefix`: 0 for the whole column.
int key_bytes(const schema::Column& column, int prefix);
int key_bytes(const schema::Table& table, const std::vector<schema::KeyPart>& parts);
// What the table's engine takes at most, of one part and of all.
int longest_key(const schema::Table& table);

// MariaDB: a unique key that is too long for the engine is kept as a hash in a hidden column.
bool has_hashed_key(const schema::Table& table);

}  // namespace emcee::mysql
