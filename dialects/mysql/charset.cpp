#include "dialects/mysql/charset.h"

#include "schema/identifier.h"

namespace emcee::mysql {

std::string canonical_charset(std::string_view name) {
  std::string lower = schema::to_lower(name);
  return lower == "utf8" ? "utf8mb3" : lower;
}

std::string canonical_collation(std::string_view name) {
  std::string lower = schema::to_lower(name);
  return lower.starts_with("utf8_") ? "utf8mb3_" + lower.substr(5) : lower;
}

std::string charset_of(std::string_view collation) { return std::string(collation.substr(0, collation.find('_'))); }

std::string default_collation(std::string_view charset, const Server& server) {
  struct Exception {
    std::string_view charset, collation;
  };
  static constexpr Exception kExceptions[] = {
      {"big5", "big5_chinese_ci"},        {"dec8", "dec8_swedish_ci"},
      {"hp8", "hp8_english_ci"},          {"latin1", "latin1_swedish_ci"},
      {"swe7", "swe7_swedish_ci"},        {"ujis", "ujis_japanese_ci"},
      {"sjis", "sjis_japanese_ci"},       {"tis620", "tis620_thai_ci"},
      {"euckr", "euckr_korean_ci"},       {"gb2312", "gb2312_chinese_ci"},
      {"gbk", "gbk_chinese_ci"},          {"latin5", "latin5_turkish_ci"},
      {"cp932", "cp932_japanese_ci"},     {"gb18030", "gb18030_chinese_ci"},
      {"eucjpms", "eucjpms_japanese_ci"}, {"binary", "binary"},
  };
  for (const Exception& exception : kExceptions)
    if (exception.charset == charset) return std::string(exception.collation);
  if (charset == "utf8mb4" && !server.is_mariadb())
    return server.version >= 80000 ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_ci";
  // MariaDB 11.5: https://mariadb.com/kb/en/supported-character-sets-and-collations/
  if (server.is_mariadb() && server.version >= 110500 && (charset.starts_with("utf") || charset == "ucs2"))
    return std::string(charset) + "_uca1400_ai_ci";
  return std::string(charset) + "_general_ci";
}

std::string binary_collation(std::string_view charset) {
  return charset == "binary" ? "binary" : std::string(charset) + "_bin";
}

int bytes_per_character(std::string_view charset) {
  for (std::string_view four : {"utf8mb4", "utf16", "utf16le", "utf32", "gb18030"})
    if (charset == four) return 4;
  for (std::string_view three : {"utf8mb3", "ujis", "eucjpms"})
    if (charset == three) return 3;
  for (std::string_view two : {"big5", "sjis", "euckr", "gb2312", "gbk", "ucs2", "cp932"})
    if (charset == two) return 2;
  return 1;
}

std::string server_collation(const Server& server) { return default_collation("utf8mb4", server); }

}  // namespace emcee::mysql
