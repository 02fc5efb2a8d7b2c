#include "tests/catalogue/postgres_catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace emcee::testing {

namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Client = std::unique_ptr<PGconn, Finish>;
using Rows = std::unique_ptr<PGresult, Clear>;

// Each gives kind, name and properties, a json object without nulls. Functions of the server that
// print definitions qualify every name, since the search path is empty.
// https://www.postgresql.org/docs/current/catalogs.html
//
// ours(oid): the schema is neither the server's nor Emcee's.
// own(catalogue, oid): the object is no member of an extension.
constexpr const char* kHelpers = R"(
SET search_path = '';
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET extra_float_digits = 3;
SET quote_all_identifiers = off;
CREATE FUNCTION pg_temp.ours(schema oid) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'emcee') FROM pg_namespace WHERE oid = schema $$;
CREATE FUNCTION pg_temp.own(catalogue regclass, object oid) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalogue AND objid = object AND deptype = 'e') $$;
CREATE FUNCTION pg_temp.acl(acl aclitem[], kind "char", owner oid) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(coalesce(acl, acldefault(kind, owner))) AS item $$;
CREATE FUNCTION pg_temp.schema(schema oid) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = schema $$;
CREATE FUNCTION pg_temp.options(list text[]) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT string_agg(item, ', ' ORDER BY item) FROM unnest(list) AS item $$;
)";

constexpr const char* kQueries[] = {
    R"(SELECT 'schema', quote_ident(nspname), jsonb_build_object('owner', nspowner::regrole, 'acl', pg_temp.acl(nspacl,
      'n', nspowner), 'comment', obj_description(oid, 'pg_namespace'))
    FROM pg_namespace WHERE pg_temp.ours(oid) AND pg_temp.own('pg_namespace', oid))",

    R"(SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' WHEN 'v'
        THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'relation' END, c.oid::regclass::text,
      jsonb_build_object('owner', relowner::regrole, 'acl', pg_temp.acl(relacl, 'r', relowner), 'persistence',
        relpersistence, 'rls', relrowsecurity, 'force_rls', relforcerowsecurity, 'replica_identity', relreplident,
        'options', pg_temp.options(reloptions), 'method', amname, 'tablespace', nullif(reltablespace, 0), 'of',
        nullif(reloftype, 0)::regtype, 'partition_of', pg_get_expr(relpartbound, c.oid), 'partition_by',
        pg_get_partkeydef(c.oid), 'populated', relispopulated, 'comment', obj_description(c.oid, 'pg_class'))
      || jsonb_build_object(
        'inherits', (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid
          = c.oid),
        'server', (SELECT srvname || ' ' || coalesce(pg_temp.options(ftoptions), '') FROM pg_foreign_table JOIN
          pg_foreign_server s ON s.oid = ftserver WHERE ftrelid = c.oid),
        'query', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        'view_columns', CASE WHEN relkind IN ('v', 'm') THEN (SELECT string_agg(quote_ident(attname) || ' ' ||
          format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
          AND NOT attisdropped) END)
    FROM pg_class c LEFT JOIN pg_am am ON am.oid = relam
    WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_temp.ours(relnamespace) AND pg_temp.own('pg_class', c.oid))",

    // A default NULL is none, except for a domain, which may have one of its own.
    R"(SELECT 'column', c.oid::regclass || '.' || quote_ident(attname),
      jsonb_build_object('type', format_type(atttypid, atttypmod), 'not_null', attnotnull, 'default',
        CASE WHEN typtype = 'd' OR pg_get_expr(adbin, adrelid) !~ '^NULL::' THEN pg_get_expr(adbin, adrelid) END,
        'identity', attidentity, 'generated', attgenerated, 'collation', CASE WHEN
        attcollation <> typcollation THEN attcollation::regcollation END, 'storage', attstorage, 'compression',
        attcompression, 'statistics', nullif(attstattarget, -1), 'options', pg_temp.options(attoptions), 'fdw_options',
        pg_temp.options(attfdwoptions), 'acl', CASE WHEN attacl IS NOT NULL THEN pg_temp.acl(attacl, 'c', relowner) END,
        'local', attislocal, 'inherited', attinhcount, 'comment', col_description(c.oid, attnum))
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid JOIN pg_type t ON t.oid = atttypid
      LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
    WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND attnum > 0 AND NOT attisdropped AND pg_temp.ours(relnamespace)
      AND pg_temp.own('pg_class', c.oid))",

    R"(SELECT 'constraint', conrelid::regclass || '.' || quote_ident(conname),
      jsonb_build_object('definition', pg_get_constraintdef(oid), 'validated', convalidated, 'local', conislocal,
        'inherited', coninhcount, 'comment', obj_description(oid, 'pg_constraint'))
    FROM pg_constraint WHERE conrelid <> 0 AND contype <> 't' AND pg_temp.ours(connamespace)
      AND pg_temp.own('pg_class', conrelid))",

    R"(SELECT 'index', indexrelid::regclass::text,
      jsonb_build_object('definition', pg_get_indexdef(indexrelid), 'valid', indisvalid, 'ready', indisready, 'clustered',
        indisclustered, 'replica_identity', indisreplident, 'tablespace', nullif(reltablespace, 0), 'attached_to', (SELECT
        inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid), 'constraint', (SELECT conname FROM
        pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')), 'statistics', (SELECT string_agg(attnum
        || '=' || attstattarget, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >=
        0), 'comment', obj_description(indexrelid, 'pg_class'))
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE pg_temp.ours(relnamespace) AND pg_temp.own('pg_class',
      indrelid))",

    R"(SELECT 'trigger', tgrelid::regclass || '.' || quote_ident(tgname),
      jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', tgenabled, 'cloned', tgparentid <> 0,
        'comment', obj_description(t.oid, 'pg_trigger'))
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND pg_temp.ours(relnamespace) AND
      pg_temp.own('pg_trigger', t.oid))",

    // Where a sequence stands is data.
    R"(SELECT 'sequence', seqrelid::regclass::text,
      jsonb_build_object('owner', relowner::regrole, 'acl', pg_temp.acl(relacl, 's', relowner), 'persistence',
        relpersistence, 'type', seqtypid::regtype, 'start', seqstart, 'increment', seqincrement, 'min', seqmin, 'max',
        seqmax, 'cache', seqcache, 'cycle', seqcycle, 'comment', obj_description(seqrelid, 'pg_class'), 'owned_by', (SELECT
        concat(deptype, ' ') || refobjid::regclass || '.' || attname FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND
        attnum = refobjsubid WHERE classid = 'pg_class'::regclass AND objid = seqrelid AND refclassid =
        'pg_class'::regclass AND deptype IN ('a', 'i')))
    FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid WHERE pg_temp.ours(relnamespace) AND pg_temp.own('pg_class',
      c.oid))",

    R"(SELECT 'type', t.oid::regtype::text,
      jsonb_build_object('kind', typtype, 'owner', typowner::regrole, 'acl', pg_temp.acl(typacl, 'T', typowner),
        'comment', obj_description(t.oid, 'pg_type'))
      || CASE typtype
        WHEN 'e' THEN jsonb_build_object('labels', (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY
          enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
        WHEN 'd' THEN jsonb_build_object('base', format_type(typbasetype, typtypmod), 'not_null', typnotnull, 'default',
          typdefault, 'collation', nullif(typcollation, 0)::regcollation, 'checks', (SELECT string_agg(quote_ident(conname)
          || ' ' || pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' not valid' END, ', ' ORDER BY
          conname) FROM pg_constraint WHERE contypid = t.oid))
        WHEN 'c' THEN jsonb_build_object('attributes', (SELECT string_agg(quote_ident(attname) || ' ' ||
          format_type(atttypid, atttypmod) || CASE WHEN attcollation <> 0 THEN ' ' || attcollation::regcollation ELSE ''
          END, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped))
        WHEN 'r' THEN (SELECT jsonb_build_object('subtype', rngsubtype::regtype, 'multirange', rngmultitypid::regtype,
          'collation', nullif(rngcollation, 0)::regcollation, 'opclass', opcname, 'canonical', rngcanonical, 'diff',
          rngsubdiff) FROM pg_range JOIN pg_opclass o ON o.oid = rngsubopc WHERE rngtypid = t.oid)
        WHEN 'b' THEN jsonb_build_object('input', typinput, 'output', typoutput, 'receive', typreceive, 'send', typsend,
          'length', typlen, 'by_value', typbyval, 'align', typalign, 'storage', typstorage, 'category', typcategory,
          'default', typdefault, 'element', nullif(typelem, 0)::regtype)
        ELSE '{}' END
    FROM pg_type t
    WHERE pg_temp.ours(typnamespace) AND pg_temp.own('pg_type', t.oid) AND typtype <> 'm' AND NOT EXISTS (SELECT FROM
      pg_type e WHERE e.typarray = t.oid) AND NOT EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind <> 'c'))",

    R"(SELECT CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, p.oid::regprocedure,
      jsonb_build_object('owner', proowner::regrole, 'acl', pg_temp.acl(proacl, 'f', proowner), 'comment',
        obj_description(p.oid, 'pg_proc'), 'definition', CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
        'result', pg_get_function_result(p.oid), 'aggregate', (SELECT to_jsonb(a) - 'aggfnoid' || jsonb_build_object(
        'aggtranstype', aggtranstype::regtype, 'aggmtranstype', nullif(aggmtranstype, 0)::regtype, 'aggsortop',
        nullif(aggsortop, 0)::regoperator) FROM pg_aggregate a WHERE aggfnoid = p.oid))
    FROM pg_proc p WHERE pg_temp.ours(pronamespace) AND pg_temp.own('pg_proc', p.oid))",

    R"(SELECT 'rule', ev_class::regclass || '.' || quote_ident(rulename),
      jsonb_build_object('definition', pg_get_ruledef(r.oid), 'enabled', ev_enabled, 'comment', obj_description(r.oid,
        'pg_rewrite'))
    FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class WHERE rulename <> '_RETURN' AND pg_temp.ours(relnamespace) AND
      pg_temp.own('pg_class', c.oid))",

    R"(SELECT 'policy', polrelid::regclass || '.' || quote_ident(polname),
      jsonb_build_object('permissive', polpermissive, 'command', polcmd, 'roles', (SELECT string_agg(CASE role WHEN 0 THEN
        'public' ELSE role::regrole::text END, ', ' ORDER BY role::regrole::text) FROM unnest(polroles) AS role), 'using',
        pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid), 'comment', obj_description(p.oid,
        'pg_policy'))
    FROM pg_policy p JOIN pg_class c ON c.oid = polrelid WHERE pg_temp.ours(relnamespace))",

    R"(SELECT 'statistics', pg_temp.schema(stxnamespace) || '.' || quote_ident(stxname),
      jsonb_build_object('definition', pg_get_statisticsobjdef(oid), 'owner', stxowner::regrole, 'target',
        nullif(stxstattarget, -1), 'comment', obj_description(oid, 'pg_statistic_ext'))
    FROM pg_statistic_ext WHERE pg_temp.ours(stxnamespace))",

    R"(SELECT 'extension', quote_ident(extname), jsonb_build_object('schema', extnamespace::regnamespace, 'version',
      extversion, 'comment', obj_description(oid, 'pg_extension')) FROM pg_extension)",

    R"(SELECT 'publication', quote_ident(pubname),
      to_jsonb(p) - 'oid' || jsonb_build_object('pubowner', pubowner::regrole, 'comment', obj_description(oid,
        'pg_publication'), 'tables', (SELECT string_agg(prrelid::regclass || coalesce(' where ' || pg_get_expr(prqual,
        prrelid), '') || coalesce(' columns ' || (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) FROM
        pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs)), ''), '; ' ORDER BY prrelid::regclass::text) FROM
        pg_publication_rel WHERE prpubid = p.oid), 'schemas', (SELECT string_agg(pnnspid::regnamespace::text, ', ' ORDER BY
        pnnspid::regnamespace::text) FROM pg_publication_namespace WHERE pnpubid = p.oid))
    FROM pg_publication p)",

    R"(SELECT 'event trigger', quote_ident(evtname), jsonb_build_object('event', evtevent, 'owner', evtowner::regrole,
      'function', evtfoid::regprocedure, 'enabled', evtenabled, 'tags', pg_temp.options(evttags), 'comment',
      obj_description(oid, 'pg_event_trigger')) FROM pg_event_trigger WHERE pg_temp.own('pg_event_trigger', oid))",

    R"(SELECT 'operator', oid::regoperator::text,
      jsonb_build_object('owner', oprowner::regrole, 'kind', oprkind, 'merges', oprcanmerge, 'hashes', oprcanhash,
        'result', oprresult::regtype, 'commutator', nullif(oprcom, 0)::regoperator, 'negator', nullif(oprnegate,
        0)::regoperator, 'function', oprcode::regproc, 'restrict', oprrest, 'join', oprjoin, 'comment', obj_description(
        oid, 'pg_operator'))
    FROM pg_operator WHERE pg_temp.ours(oprnamespace) AND pg_temp.own('pg_operator', oid))",

    R"(SELECT 'operator class', pg_temp.schema(opcnamespace) || '.' || quote_ident(opcname) || ' using ' || amname,
      jsonb_build_object('owner', opcowner::regrole, 'type', opcintype::regtype, 'default', opcdefault, 'key_type',
        nullif(opckeytype, 0)::regtype, 'comment', obj_description(c.oid, 'pg_opclass'))
    FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod WHERE pg_temp.ours(opcnamespace) AND pg_temp.own('pg_opclass',
      c.oid))",

    R"(SELECT 'operator family', pg_temp.schema(opfnamespace) || '.' || quote_ident(opfname) || ' using ' || amname,
      jsonb_build_object('owner', opfowner::regrole, 'operators', (SELECT string_agg(amopstrategy || ' ' ||
        amopopr::regoperator, ', ' ORDER BY amopstrategy, amopopr::regoperator::text) FROM pg_amop WHERE amopfamily =
        f.oid), 'functions', (SELECT string_agg(amprocnum || ' ' || amproc::regprocedure, ', ' ORDER BY amprocnum,
        amproc::regprocedure::text) FROM pg_amproc WHERE amprocfamily = f.oid))
    FROM pg_opfamily f JOIN pg_am a ON a.oid = opfmethod WHERE pg_temp.ours(opfnamespace) AND
      pg_temp.own('pg_opfamily', f.oid))",

    // The server's own have the lowest oids.
    R"(SELECT 'cast', castsource::regtype || ' as ' || casttarget::regtype, jsonb_build_object('function', nullif(castfunc,
      0)::regprocedure, 'context', castcontext, 'method', castmethod, 'comment', obj_description(oid, 'pg_cast'))
    FROM pg_cast WHERE oid >= 16384 AND pg_temp.own('pg_cast', oid))",

    R"(SELECT 'text search configuration', pg_temp.schema(cfgnamespace) || '.' || quote_ident(cfgname),
      jsonb_build_object('owner', cfgowner::regrole, 'parser', prsname, 'mappings', (SELECT string_agg(maptokentype ||
        ':' || mapseqno || ' ' || mapdict::regdictionary, ', ' ORDER BY maptokentype, mapseqno) FROM pg_ts_config_map WHERE
        mapcfg = c.oid), 'comment', obj_description(c.oid, 'pg_ts_config'))
    FROM pg_ts_config c JOIN pg_ts_parser p ON p.oid = cfgparser WHERE pg_temp.ours(cfgnamespace) AND
      pg_temp.own('pg_ts_config', c.oid))",

    R"(SELECT 'text search dictionary', pg_temp.schema(dictnamespace) || '.' || quote_ident(dictname),
      jsonb_build_object('owner', dictowner::regrole, 'template', tmplname, 'options', dictinitoption, 'comment',
        obj_description(d.oid, 'pg_ts_dict'))
    FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = dicttemplate WHERE pg_temp.ours(dictnamespace) AND
      pg_temp.own('pg_ts_dict', d.oid))",

    R"(SELECT 'text search parser', pg_temp.schema(prsnamespace) || '.' || quote_ident(prsname), to_jsonb(p) - 'oid' -
      'prsnamespace' FROM pg_ts_parser p WHERE pg_temp.ours(prsnamespace) AND pg_temp.own('pg_ts_parser', oid))",

    R"(SELECT 'text search template', pg_temp.schema(tmplnamespace) || '.' || quote_ident(tmplname), to_jsonb(t) - 'oid' -
      'tmplnamespace' FROM pg_ts_template t WHERE pg_temp.ours(tmplnamespace) AND pg_temp.own('pg_ts_template', oid))",

    R"(SELECT 'collation', oid::regcollation::text, to_jsonb(c) - 'oid' - 'collnamespace' - 'collversion' ||
      jsonb_build_object('collowner', collowner::regrole, 'comment', obj_description(oid, 'pg_collation'))
    FROM pg_collation c WHERE pg_temp.ours(collnamespace) AND pg_temp.own('pg_collation', oid))",

    R"(SELECT 'conversion', pg_temp.schema(connamespace) || '.' || quote_ident(conname), to_jsonb(c) - 'oid' -
      'connamespace' || jsonb_build_object('conowner', conowner::regrole)
    FROM pg_conversion c WHERE pg_temp.ours(connamespace) AND pg_temp.own('pg_conversion', oid))",

    R"(SELECT 'language', quote_ident(lanname), jsonb_build_object('owner', lanowner::regrole, 'trusted', lanpltrusted,
      'handler', nullif(lanplcallfoid, 0)::regproc, 'acl', pg_temp.acl(lanacl, 'l', lanowner), 'comment',
      obj_description(oid, 'pg_language')) FROM pg_language)",

    R"(SELECT 'transform', trftype::regtype || ' for ' || lanname, jsonb_build_object('from', trffromsql, 'to', trftosql)
    FROM pg_transform t JOIN pg_language l ON l.oid = trflang WHERE pg_temp.own('pg_transform', t.oid))",

    R"(SELECT 'access method', quote_ident(amname), jsonb_build_object('type', amtype, 'handler', amhandler) FROM pg_am
    WHERE pg_temp.own('pg_am', oid))",

    R"(SELECT 'foreign data wrapper', quote_ident(fdwname), jsonb_build_object('owner', fdwowner::regrole, 'options',
      pg_temp.options(fdwoptions), 'acl', pg_temp.acl(fdwacl, 'F', fdwowner), 'handler', nullif(fdwhandler, 0)::regproc)
    FROM pg_foreign_data_wrapper WHERE pg_temp.own('pg_foreign_data_wrapper', oid))",

    R"(SELECT 'server', quote_ident(srvname), jsonb_build_object('owner', srvowner::regrole, 'type', srvtype, 'version',
      srvversion, 'options', pg_temp.options(srvoptions), 'acl', pg_temp.acl(srvacl, 'S', srvowner), 'wrapper', (SELECT
      fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = srvfdw), 'comment', obj_description(oid, 'pg_foreign_server'))
    FROM pg_foreign_server WHERE pg_temp.own('pg_foreign_server', oid))",

    R"(SELECT 'user mapping', quote_ident(usename) || ' on ' || quote_ident(srvname), jsonb_build_object('options',
      pg_temp.options(umoptions)) FROM pg_user_mappings)",

    R"(SELECT 'default privileges', defaclrole::regrole || coalesce(' in ' || nullif(defaclnamespace, 0)::regnamespace, '')
      || concat(' on ', defaclobjtype), jsonb_build_object('acl', pg_temp.acl(defaclacl, defaclobjtype, defaclrole))
    FROM pg_default_acl)",
};

Rows run(PGconn* client, const std::string& sql) {
  Rows rows(PQexec(client, sql.c_str()));
  const ExecStatusType status = PQresultStatus(rows.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(fmt::format("{}in {}", PQerrorMessage(client), sql.substr(0, 300)));
  return rows;
}

}  // namespace

std::string postgres_catalogue(const std::string& url) {
  const Client client(PQconnectdb(url.c_str()));
  if (PQstatus(client.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(client.get()));
  run(client.get(), kHelpers);
  std::vector<std::string> lines;
  for (const char* query : kQueries) {
    const Rows rows =
        run(client.get(), fmt::format("SELECT kind, name::text, (SELECT string_agg(key || '=' || value, ' ' "
                                      "ORDER BY key) FROM jsonb_each_text(properties) WHERE value IS NOT "
                                      "NULL) FROM ({}) AS objects (kind, name, properties)",
                                      query));
    for (int i = 0; i < PQntuples(rows.get()); ++i) {
      std::string line = fmt::format("{} {} | {}", PQgetvalue(rows.get(), i, 0), PQgetvalue(rows.get(), i, 1),
                                     PQgetvalue(rows.get(), i, 2));
      std::replace(line.begin(), line.end(), '\n', ' ');
      lines.push_back(std::move(line));
    }
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace emcee::testing
