#include "tests/postgres/session.h"

#include <stdexcept>

namespace emcee::postgres_test {

Session::Session(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(connection_) == CONNECTION_OK) {
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    return;
  }
  const std::string message = PQerrorMessage(connection_);
  PQfinish(connection_);
  throw std::runtime_error(message);
}

Session::~Session() { PQfinish(connection_); }

Answer Session::run(const std::string& sql) {
  const auto end = sql.starts_with("COPY ") ? sql.find('\n') : std::string::npos;
  PGresult* result = PQexec(connection_, sql.substr(0, end).c_str());
  if (PQresultStatus(result) == PGRES_COPY_IN) {
    PQclear(result);
    const std::string lines = sql.substr(end + 1);
    PQputCopyData(connection_, lines.data(), static_cast<int>(lines.size()));
    PQputCopyEnd(connection_, nullptr);
    result = PQgetResult(connection_);
    while (PGresult* more = PQgetResult(connection_)) PQclear(more);
  }
  Answer answer;
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    answer.sqlstate = code ? code : "?";
    answer.error = PQresultErrorMessage(result);
    if (answer.error.empty()) answer.error = "no message";
  }
  answer.affected = PQcmdTuples(result);
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<Field>& fields = answer.rows.emplace_back();
    for (int i = 0; i < PQnfields(result); ++i)
      fields.push_back(PQgetisnull(result, row, i) ? Field() : Field(PQgetvalue(result, row, i)));
  }
  PQclear(result);
  return answer;
}

std::vector<std::vector<Field>> Session::rows(const std::string& sql) {
  Answer answer = run(sql);
  if (!answer.ok()) throw std::runtime_error(answer.error + "\n" + sql);
  return std::move(answer.rows);
}

std::string Session::value(const std::string& sql) {
  const auto all = rows(sql);
  return all.empty() ? "" : all[0][0].value_or("NULL");
}

}  // namespace emcee::postgres_test
