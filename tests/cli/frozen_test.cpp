// K1: columns that only a program can convert, on every server, with both releases writing.
#include <map>
#include <sstream>

#include "tests/cli/cases.h"

namespace emcee::testing {
namespace {

constexpr const char* kMessage = "credentials are read-only until the upgrade is through";

// Notes each key and the number of the call, which stands in what it makes. `before` and `after` are Python that it
// runs before and after it answers: `call` counts from 1, and `rows` have been read.
std::string migrator(const std::string& before = "", const std::string& after = "") {
  return R"(import json, os, signal, sys
call = int(open("calls").read()) + 1 if os.path.exists("calls") else 1
open("calls", "w").write(str(call))
rows = [json.loads(line) for line in sys.stdin]
)" + before +
         R"(
for row in reversed(rows):
    old = row["old"]["blob"]
    open("log", "a").write(row["key"]["id"] + "\n")
    new = {"encrypted_blob": "%s in call %d" % (old[::-1], call), "key_hash": "k1"}
    print(json.dumps({"key": row["key"], "new": new}), flush=True)
)" + after;
}

class Credentials : public Cases {
 protected:
  // `frozen` is a list of TOML strings.
  void start_credentials(const std::string& frozen, const std::string& program = migrator(),
                         const std::string& command = R"(migrator = ["python3", "migrator.py"])") {
    box_.write("migrator.py", program);
    start("K1_credential_encrypt", fmt::format(R"([[map]]
name = "credential"
table = "credential"
old = ["blob"]
new = ["encrypted_blob", "key_hash"]
freeze = "{}"
frozen = [{}]
{}
)",
                                               kMessage, frozen, command));
  }
  std::string with_blob(std::string text) const {
    for (std::size_t at; (at = text.find("{blob}")) != std::string::npos;)
      text.replace(at, 6, is_mysql() ? "`blob`" : "\"blob\"");
    return text;
  }
  std::string insert_old(const std::string& id, const std::string& blob) const {
    return with_blob(
        fmt::format("INSERT INTO credential (id, user_id, {{blob}}, type) VALUES ('{}', 'u', '{}', 't')", id, blob));
  }
  static std::string insert_new(const std::string& id, const std::string& hash) {
    return fmt::format(
        "INSERT INTO credential (id, user_id, encrypted_blob, key_hash, type) VALUES ('{}', 'u', 'new', {}, 't')", id,
        hash);
  }
  void fill(int rows) {
    for (int i = 1; i <= rows; ++i) ASSERT_EQ(sql(insert_old(fmt::format("c{}", i), fmt::format("secret{}", i))), "");
  }
  // Refused, with the operator's words and the class of error that applications look at.
  void expect_frozen(const std::string& statement) {
    const auto session = database_->connect();
    const std::string said = session ? session->sql(statement) : sql(statement);
    EXPECT_NE(said.find(kMessage), std::string::npos) << statement << "\n" << said;
    const std::string code = GetParam() == "postgres" ? "error P0001:" : is_mysql() ? "error 1644:" : "(19)";
    EXPECT_NE(said.find(code), std::string::npos) << statement << "\n" << said;
  }
  std::string credential(const std::string& id) {
    return sql(fmt::format("SELECT {} FROM credential WHERE id = '{}'",
                           database_->bars({with_blob("{blob}"), "encrypted_blob", "key_hash", "type"}), id));
  }
  std::string count(const std::string& condition) { return sql("SELECT COUNT(*) FROM credential WHERE " + condition); }
  // How often the migrator answered for each key.
  std::map<std::string, int> answered() const {
    std::map<std::string, int> result;
    std::istringstream log(box_.read("log"));
    for (std::string key; std::getline(log, key);) ++result[key];
    return result;
  }
};

TEST_P(Credentials, AreFrozenAndConvertedByAProgram) {
  start_credentials("");
  fill(3);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  for (const bool migrated : {false, true}) {
    SCOPED_TRACE(migrated ? "after migrate" : "before migrate");
    if (migrated) {
      ASSERT_EQ(emcee("verify"), 1);
      EXPECT_NE(output_.find("credential: pending: 3 rows"), std::string::npos) << output_;
      EXPECT_EQ(emcee("contract"), 3) << output_;
      ASSERT_EQ(emcee("migrate"), 0) << output_;
      EXPECT_EQ(emcee("verify"), 0) << output_;
      EXPECT_EQ(emcee("check"), 4) << output_;
    }
    expect_frozen(insert_old("o", "old"));
    expect_frozen(with_blob("UPDATE credential SET {blob} = 'other' WHERE id = 'c1'"));
    expect_frozen(with_blob("UPDATE credential SET {blob} = NULL WHERE id = 'c1'"));
    expect_frozen(with_blob("UPDATE credential SET {blob} = 'other', type = 'x' WHERE id = 'c1'"));
    EXPECT_EQ(sql(with_blob("UPDATE credential SET {blob} = 'secret1', type = 'u' WHERE id = 'c1'")), "")
        << "the blob is what it was";
    expect_frozen(insert_new("n", "NULL"));
    expect_frozen("INSERT INTO credential (id, user_id, type) VALUES ('n', 'u', 't')");
    EXPECT_EQ(sql(insert_new(migrated ? "n2" : "n1", "'k9'")), "") << "the whole new form";
    expect_frozen("UPDATE credential SET key_hash = NULL WHERE id = 'n1'");
    EXPECT_EQ(sql("UPDATE credential SET key_hash = 'k10' WHERE id = 'n1'"), "");
    EXPECT_EQ(count("id IN ('o', 'n')"), "0");
  }
  expect_frozen("UPDATE credential SET encrypted_blob = NULL WHERE id = 'c1'");
  EXPECT_EQ(credential("c1"), "secret1|1terces in call 1|k1|u");
  EXPECT_EQ(credential("n1"), "|new|k10|t");
  EXPECT_EQ(answered(), (std::map<std::string, int>{{"c1", 1}, {"c2", 1}, {"c3", 1}}));
  EXPECT_EQ(sql("DELETE FROM credential WHERE id = 'c3'"), "");
  EXPECT_EQ(emcee("migrate"), 0) << "nothing to do";
  EXPECT_EQ(emcee("rollback"), 3) << "what the new release wrote stands nowhere else";
  EXPECT_NE(output_.find("credential.encrypted_blob: n1"), std::string::npos) << output_;

  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  EXPECT_EQ(sql("SELECT encrypted_blob FROM credential WHERE id = 'c2'"), "2terces in call 1");
  EXPECT_EQ(sql(insert_new("m", "'k11'")), "");
  EXPECT_EQ(sql("UPDATE credential SET key_hash = 'k12' WHERE id = 'c1'"), "");
  EXPECT_NE(sql(insert_new("l", "NULL")).find("error"), std::string::npos) << "NOT NULL now";
  EXPECT_EQ(count("TRUE"), "5");
  if (GetParam() == "postgres") {
    EXPECT_EQ(sql("SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'emcee'"),
              "0");
  }
}

TEST_P(Credentials, AreFrozenForTheNewReleaseAsWell) {
  start_credentials(R"("new_insert", "new_update", "delete")");
  fill(2);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  for (const bool migrated : {false, true}) {
    if (migrated) {
      ASSERT_EQ(emcee("migrate"), 0) << output_;
    }
    expect_frozen(insert_old("o", "old"));
    expect_frozen(insert_new("n", "'k9'"));
    expect_frozen(insert_new("n", "NULL"));
    expect_frozen("DELETE FROM credential WHERE id = 'c1'");
    expect_frozen(with_blob("UPDATE credential SET {blob} = 'other' WHERE id = 'c2'"));
  }
  expect_frozen("UPDATE credential SET key_hash = 'k2' WHERE id = 'c1'");
  if (GetParam() == "postgres") expect_frozen("TRUNCATE credential");
  EXPECT_EQ(sql("UPDATE credential SET id = 'd1', type = 'u' WHERE id = 'c1'"), "");
  EXPECT_EQ(credential("d1"), "secret1|1terces in call 1|k1|u");
  EXPECT_EQ(emcee("verify --drift"), 0) << output_;
  // Nobody but the migrator has written the new form, so going back loses nothing.
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  EXPECT_EQ(sql(insert_old("o", "old")), "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << output_;
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(sql("DELETE FROM credential WHERE id = 'c2'"), "");
  EXPECT_EQ(sql("SELECT encrypted_blob FROM credential WHERE id = 'o'"), "dlo in call 2");
}

// Emcee goes at the second batch, with the answers in its hands, and the migrator at the next one but one.
TEST_P(Credentials, AreConvertedOnceWhateverIsKilled) {
  start_credentials("", migrator("if call == 4: os.kill(os.getpid(), signal.SIGKILL)\n",
                                 "if call == 2: os.kill(os.getppid(), signal.SIGKILL)\n"));
  fill(9);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(emcee("migrate --batch 2"), 137) << output_;
  EXPECT_EQ(count("encrypted_blob IS NOT NULL"), "2");
  EXPECT_EQ(emcee("migrate --batch 2"), 4) << output_;
  EXPECT_NE(output_.find("the migrator ended with code 137: python3 migrator.py"), std::string::npos) << output_;
  EXPECT_EQ(count("encrypted_blob IS NOT NULL"), "4");
  EXPECT_EQ(emcee("check"), 3) << output_;
  EXPECT_EQ(emcee("migrate --batch 2 --max-rows 2"), 1) << output_;
  EXPECT_EQ(emcee("migrate --batch 2"), 0) << output_;
  EXPECT_EQ(emcee("verify"), 0) << output_;

  // What was committed was never asked for again, and nothing was written over it.
  std::map<std::string, int> calls;
  for (int i = 1; i <= 9; ++i) {
    const std::string made = sql(fmt::format("SELECT encrypted_blob FROM credential WHERE id = 'c{}'", i));
    EXPECT_TRUE(made.starts_with(fmt::format("{}terces in call ", i))) << made;
    ++calls[made.substr(made.rfind(' ') + 1)];
  }
  EXPECT_EQ(calls, (std::map<std::string, int>{{"1", 2}, {"3", 2}, {"5", 2}, {"6", 2}, {"7", 1}}));
  int twice = 0;
  for (const auto& [key, times] : answered()) {
    EXPECT_LE(times, 2) << key;
    twice += times - 1;
  }
  EXPECT_EQ(twice, 2) << "the batch whose answers were never written";
  EXPECT_EQ(answered().size(), 9u);
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
}

TEST_P(Credentials, AreConvertedOffline) {
  start_credentials("");
  fill(3);
  ASSERT_EQ(emcee("sync"), 0) << output_;
  EXPECT_EQ(sql("SELECT encrypted_blob FROM credential WHERE id = 'c2'"), "2terces in call 1");
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// A write of the new release between question and answer is not written over, and a row that goes is not missed.
TEST_P(Credentials, AreNotWrittenOver) {
  start_credentials("", migrator("while not os.path.exists('go'): pass\n"));
  fill(3);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  box_.shell(
      fmt::format("(emcee migrate --db '{}' --plan rel > done 2>&1; echo $? >> done) > /dev/null 2>&1 & "
                  "while ! test -s calls; do sleep 0.02; done",
                  database_->url()));
  EXPECT_EQ(sql("UPDATE credential SET encrypted_blob = 'mine', key_hash = 'm' WHERE id = 'c1'"), "");
  EXPECT_EQ(sql("DELETE FROM credential WHERE id = 'c2'"), "");
  box_.shell("touch go; while ! grep -qx '[0-9]*' done; do sleep 0.02; done");
  EXPECT_EQ(box_.read("done").substr(box_.read("done").size() - 2), "0\n") << box_.read("done");
  EXPECT_EQ(credential("c1"), "secret1|mine|m|t");
  EXPECT_EQ(credential("c3"), "secret3|3terces in call 1|k1|t");
  EXPECT_EQ(count("TRUE"), "2");
}

// What a program can do wrong is said with the line, and nothing of the batch is written.
TEST_P(Credentials, AreLeftAloneByAProgramThatIsWrong) {
  start_credentials("");
  fill(2);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  struct Wrong {
    const char* command;
    int code;
    const char* said;
  };
  const Wrong cases[] = {
      {"no-such-program", 4, "the migrator ended with code 127"},
      {"echo enough is enough >&2; exit 3", 4, "the migrator ended with code 3: echo enough"},
      {"echo enough is enough >&2; exit 3", 4, "\nenough is enough\n"},
      {"true", 4, R"(gives no answer for {"id":"c1"})"},
      {"echo; echo oops", 4, "writes no JSON in line 2: oops"},
      {"echo 7", 4, "writes no object with `key` and `new` in line 1: 7"},
      {R"(echo "{\"key\":{\"id\":\"c9\"},\"new\":{}}")", 4, "answers for a row that it was not asked about in line 1"},
      {R"(echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"key_hash\":\"k\"}}")", 4, "leaves out encrypted_blob in line 1"},
      {R"(echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"encrypted_blob\":\"e\",\"key_hash\":null}}")", 4,
       "gives NULL to key_hash, which will be NOT NULL, in line 1"},
      {R"(echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"encrypted_blob\":[],\"key_hash\":\"k\"}}")", 4,
       "gives a value that no column can hold to encrypted_blob in line 1"},
      {R"(echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"encrypted_blob\":1,\"key_hash\":\"k\",\"type\":1}}")", 4,
       "gives a value to a column that is no new one of the map in line 1"},
      {R"(echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"encrypted_blob\":1,\"key_hash\":\"k\"}}")", 4,
       R"(gives no answer for {"id":"c2"})"},
      {R"(for i in 1 2; do echo "{\"key\":{\"id\":\"c1\"},\"new\":{\"encrypted_blob\":1,\"key_hash\":\"k\"}}"; done)",
       4, "answers twice for one row in line 2"},
  };
  for (const Wrong& wrong : cases) {
    EXPECT_EQ(emcee(fmt::format("migrate --migrator '{}'", wrong.command)), wrong.code) << output_;
    EXPECT_NE(output_.find(wrong.said), std::string::npos) << wrong.said << "\n" << output_;
  }
  EXPECT_EQ(emcee("migrate --migrator 'sleep 60' --migrator-timeout 1"), 4) << output_;
  EXPECT_NE(output_.find("has not ended after 1 s"), std::string::npos) << output_;
  EXPECT_EQ(count("encrypted_blob IS NOT NULL OR key_hash IS NOT NULL"), "0");
  box_.shell(
      fmt::format("(sleep 1; kill -TERM $(cat emcee.pid)) & emcee migrate --db '{}' --plan rel --migrator "
                  "'echo $PPID > emcee.pid; sleep 60' > done 2>&1; echo $? >> done",
                  database_->url()));
  EXPECT_NE(box_.read("done").find("\n6\n"), std::string::npos) << box_.read("done");
  EXPECT_EQ(emcee("migrate"), 0) << output_;
}

TEST_P(Credentials, AreMissedWhereTheyThaw) {
  start_credentials(R"("delete")");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("check"), 3) << output_;
  ASSERT_EQ(sql(GetParam() == "postgres" ? "DROP TRIGGER zzz_emcee_credential_delete ON credential"
                                         : "DROP TRIGGER emcee_credential_delete"),
            "");
  EXPECT_EQ(emcee("check"), 1) << output_;
}

// Keys of several columns, bytes, decimals, truth values and times, and a column that may stay NULL.
TEST_P(Credentials, AreConvertedByteByByte) {
  const std::string bytes = GetParam() == "sqlite" ? "BLOB" : is_mysql() ? "VARBINARY(40)" : "BYTEA";
  const std::string time = is_mysql() ? "DATETIME" : "TIMESTAMP";
  const std::string key = "tenant BIGINT NOT NULL, name VARCHAR(20) NOT NULL";
  box_.write("migrator.py", R"(import json, sys
for line in sys.stdin:
    row = json.loads(line)
    raw, amount = row["old"]["raw"], row["old"]["amount"]
    sealed = {"hex": raw["hex"][::-1]} if raw else {"hex": ""}
    new = {"sealed": sealed, "total": amount, "big": raw is not None, "made": "2024-02-29 12:34:56"}
    print(json.dumps({"new": new, "key": dict(reversed(row["key"].items()))}))
)");
  start(
      fmt::format("CREATE TABLE s (raw {} NULL, amount DECIMAL(10,2), {}, PRIMARY KEY (tenant, name));\n", bytes, key),
      fmt::format("CREATE TABLE s ({}, sealed {} NOT NULL, total DECIMAL(10,2), big BOOLEAN, made {} NULL, PRIMARY KEY "
                  "(tenant, name));\n",
                  key, bytes, time),
      R"([[map]]
table = "s"
old = ["raw", "amount"]
new = ["sealed", "total", "big", "made"]
freeze = "no"
migrator = ["python3", "migrator.py"]
)");
  const std::string some = GetParam() == "postgres" ? "'\\x00ff10'" : "x'00ff10'";
  ASSERT_EQ(sql(fmt::format("INSERT INTO s (tenant, name, raw, amount) VALUES (1, 'a', {0}, 1.25), (1, 'ab\u00e4\"', "
                            "{0}, NULL), (2, 'a', NULL, 99999999.99), (-9000000000000000000, '', {0}, 0)",
                            some)),
            "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate --batch 1"), 0) << output_;
  ASSERT_EQ(emcee("verify"), 0) << output_;
  const std::string hex = GetParam() == "postgres" ? "upper(encode(sealed, 'hex'))" : "hex(sealed)";
  const auto row = [&](const std::string& where) {
    return sql(fmt::format("SELECT {} FROM s WHERE {}",
                           database_->bars({hex, "total", "CASE WHEN big THEN 1 ELSE 0 END", "made"}), where));
  };
  EXPECT_EQ(row("tenant = 1 AND name = 'a'"), "01FF00|1.25|1|2024-02-29 12:34:56");
  EXPECT_EQ(row("tenant = 1 AND name <> 'a'"), "01FF00||1|2024-02-29 12:34:56");
  EXPECT_EQ(row("tenant = 2"), "|99999999.99|0|2024-02-29 12:34:56");
  EXPECT_EQ(row("tenant < 0").substr(0, 8), "01FF00|0");
  ASSERT_EQ(emcee("contract"), 0) << output_;
  EXPECT_EQ(emcee("check"), 0) << output_;
}

// Without a program they wait, until somebody writes the new form or names one.
TEST_P(Credentials, WaitForAProgram) {
  const bool by_map = GetParam() == "sqlite" || GetParam() == "mysql";
  start_credentials("", migrator(), by_map ? R"(migrator = ["no-such-program", "it"])" : "");
  ASSERT_EQ(emcee("expand"), 0) << output_;
  ASSERT_EQ(emcee("migrate"), 0) << "there are no rows: " << output_;
  ASSERT_EQ(emcee("rollback"), 0) << output_;
  fill(2);
  ASSERT_EQ(emcee("expand"), 0) << output_;
  EXPECT_EQ(emcee("migrate"), 2) << output_;
  EXPECT_NE(output_.find(by_map ? "cannot run no-such-program" : "the map names no migrator"), std::string::npos)
      << output_;
  EXPECT_EQ(sql("UPDATE credential SET encrypted_blob = 'mine', key_hash = 'm' WHERE id = 'c1'"), "");
  EXPECT_EQ(emcee("migrate --dry-run"), 0) << output_;
  EXPECT_NE(output_.find(by_map ? "no-such-program it converts these rows" : "a program converts these rows"),
            std::string::npos)
      << output_;
  EXPECT_EQ(emcee("contract"), 3) << output_;
  EXPECT_EQ(emcee("migrate --migrator 'python3 migrator.py'"), 0) << output_;
  EXPECT_EQ(credential("c1"), "secret1|mine|m|t");
  EXPECT_EQ(credential("c2"), "secret2|2terces in call 1|k1|t");
  EXPECT_EQ(emcee("contract"), 0) << output_;
}

INSTANTIATE_TEST_SUITE_P(On, Credentials, kServers, server_name);

}  // namespace
}  // namespace emcee::testing
