#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "tests/postgres/session.h"
#include "tests/servers/postgres_server.h"
#include "tests/soak/server.h"

namespace emcee::soak {

namespace {

using postgres_test::Answer;
using postgres_test::Session;

class PostgresClient : public Client {
 public:
  explicit PostgresClient(std::string url) : url_(std::move(url)) {}

  Reply run(const std::string& sql) override { return reply(ask(sql)); }
  const std::string& message() const override { return message_; }
  std::optional<Rows> query(const std::string& sql) override {
    Answer answer = ask(sql);
    if (reply(answer) != Reply::done) return std::nullopt;
    return std::move(answer.rows);
  }

 private:
  Answer ask(const std::string& sql) {
    try {
      if (!session_) session_.emplace(url_);
    } catch (const std::runtime_error& error) {
      Answer answer;
      answer.error = error.what();
      answer.sqlstate = "08001";
      return answer;
    }
    return session_->run(sql);
  }
  Reply reply(const Answer& answer) {
    if (answer.ok()) return Reply::done;
    const std::string& code = answer.sqlstate;
    message_ = code + " " + answer.error;
    // Deadlock, serialization, lock timeout.
    if (code == "40P01" || code == "40001" || code == "55P03") return Reply::again;
    // A constraint, or RAISE of a trigger, whose code is that of a constraint or its own.
    if (code.starts_with("23") || code == "P0001") return Reply::refused;
    if (code == "?" || code.starts_with("08") || code.starts_with("57P")) {
      session_.reset();
      return Reply::lost;
    }
    return Reply::failed;
  }

  std::string url_, message_;
  std::optional<Session> session_;
};

class PostgresServer : public Server {
 public:
  std::string dialect() const override { return "postgres"; }
  void fresh_database() override {
    database_.reset();
    database_.emplace(server_);
  }
  std::string url() const override { return database_->url(); }
  std::unique_ptr<Client> connect() override { return std::make_unique<PostgresClient>(url()); }
  bool has_replace() const override { return false; }
  std::vector<std::string> begins() const override {
    return {"BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE"};
  }
  bool crash() override {
    server_.crash();
    server_.start();
    return true;
  }

 private:
  servers::PostgresServer server_{{"autovacuum=on"}};
  std::optional<servers::PostgresDatabase> database_;
};

}  // namespace

std::unique_ptr<Server> postgres_server() { return std::make_unique<PostgresServer>(); }

}  // namespace emcee::soak
