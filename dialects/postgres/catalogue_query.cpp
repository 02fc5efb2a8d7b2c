#include "dialects/postgres/catalogue_query.h"

namespace emcee::postgres {

// Views and functions of the catalogue: https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG
std::string catalogue_query() {
  return R"sql(
WITH ns AS (
  SELECT oid, nspname, quote_ident(nspname) AS name FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'emcee')
), ext AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS (
  SELECT c.*, ns.name || '.' || quote_ident(c.relname) AS full_name FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
  WHERE c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), seq AS (
  SELECT rel.*, s.seqrelid,
    format_type(s.seqtypid, NULL) AS type_name,
    format('AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', format_type(s.seqtypid, NULL),
           s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) AS clauses
  FROM rel JOIN pg_sequence s ON s.seqrelid = rel.oid
), typ AS (
  SELECT t.*, ns.name || '.' || quote_ident(t.typname) AS full_name FROM pg_type t JOIN ns ON ns.oid = t.typnamespace
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_type'::regclass AND objid = t.oid)
), fun AS (
  SELECT p.*, ns.name || '.' || quote_ident(p.proname) AS full_name FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype IN ('e', 'i'))
), collated AS (
  SELECT k.oid AS collation_id, format(' COLLATE %I.%I', n.nspname, collname) AS collate_clause
  FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace
), opc AS (
  SELECT c.*, ns.name || '.' || quote_ident(c.opcname) AS full_name, m.amname FROM pg_opclass c JOIN ns ON ns.oid = c.opcnamespace
  JOIN pg_am m ON m.oid = c.opcmethod WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_opclass'::regclass AND objid = c.oid)
), opf AS (
  SELECT f.*, ns.name || '.' || quote_ident(f.opfname) AS full_name, m.amname FROM pg_opfamily f JOIN ns ON ns.oid = f.opfnamespace
  JOIN pg_am m ON m.oid = f.opfmethod WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_opfamily'::regclass AND objid = f.oid)
), member AS (
  -- What a class or a family consists of, and which of the two it belongs to.
  SELECT d.refclassid, d.refobjid, kind, number, entry.oid,
    CASE kind WHEN 'o' THEN format('OPERATOR %s %s(%s, %s)%s', number, item, format_type(lefttype, NULL), format_type(righttype, NULL),
           (SELECT format(' FOR ORDER BY %I.%I', n.nspname, opfname) FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace WHERE f.oid = sortfamily))
         ELSE format('FUNCTION %s (%s, %s) %s', number, format_type(lefttype, NULL), format_type(righttype, NULL), item) END AS definition
  FROM (SELECT 'pg_amop'::regclass AS classid, a.oid, 'o' AS kind, amopstrategy AS number, amoplefttype AS lefttype, amoprighttype AS righttype,
          CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END || oprname AS item, amopsortfamily AS sortfamily
        FROM pg_amop a JOIN pg_operator o ON o.oid = a.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
        UNION ALL
        SELECT 'pg_amproc'::regclass, oid, 'p', amprocnum, amproclefttype, amprocrighttype, amproc::regprocedure::text, 0 FROM pg_amproc) entry
  JOIN pg_depend d ON d.classid = entry.classid AND d.objid = entry.oid AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    AND d.deptype IN ('a', 'i')
), tsc AS (
  SELECT c.*, ns.name || '.' || quote_ident(c.cfgname) AS full_name FROM pg_ts_config c JOIN ns ON ns.oid = c.cfgnamespace
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_ts_config'::regclass AND objid = c.oid)
), options AS (
  -- OPTIONS of foreign data. Passwords are nobody's business.
  SELECT kind, place, part, ' OPTIONS (' || string_agg(format('%I %L', substr(o, 1, position('=' IN o) - 1), substr(o, position('=' IN o) + 1)), ', ') || ')' AS clause
  FROM (SELECT 'w' AS kind, oid AS place, 0 AS part, fdwoptions AS list FROM pg_foreign_data_wrapper
        UNION ALL SELECT 's', oid, 0, srvoptions FROM pg_foreign_server
        UNION ALL SELECT 'u', umid, 0, umoptions FROM pg_user_mappings
        UNION ALL SELECT 't', ftrelid, 0, ftoptions FROM pg_foreign_table
        UNION ALL SELECT 'c', attrelid, attnum, attfdwoptions FROM pg_attribute WHERE attfdwoptions IS NOT NULL) have, unnest(list) o
  WHERE o !~ '^password='
  GROUP BY kind, place, part
), col AS (
  SELECT a.attrelid, a.attnum, a.attname, a.attstattarget, a.attoptions, a.attstorage, a.attcompression, t.typstorage,
    quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
    || coalesce((SELECT clause FROM options WHERE kind = 'c' AND place = a.attrelid AND part = a.attnum), '')
    || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
         THEN (SELECT collate_clause FROM collated WHERE collation_id = a.attcollation) ELSE '' END
    || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
            WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
    || CASE WHEN a.attidentity <> '' THEN
         (SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                        seq.full_name, substr(seq.clauses, position(' START' IN seq.clauses)))
          FROM pg_depend dep JOIN seq ON seq.oid = dep.objid
          WHERE dep.classid = 'pg_class'::regclass AND dep.refclassid = 'pg_class'::regclass AND dep.refobjid = a.attrelid
            AND dep.refobjsubid = a.attnum AND dep.deptype = 'i') ELSE '' END
    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS definition
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  JOIN rel ON rel.oid = a.attrelid
  WHERE a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR rel.relispartition)
), own AS (
  SELECT n.oid, 'SCHEMA ' || name AS object, nspacl AS acl, nspowner AS owner, n.nspname = 'public' AS has_public
  FROM pg_namespace n JOIN ns ON ns.oid = n.oid
  UNION ALL
  SELECT oid, format('%s %s(%s)', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, full_name, oidvectortypes(proargtypes)),
    proacl, proowner, TRUE FROM fun
  UNION ALL
  SELECT oid, CASE typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || full_name, typacl, typowner, TRUE FROM typ
  UNION ALL
  SELECT oid, 'LANGUAGE ' || quote_ident(lanname), lanacl, lanowner, TRUE FROM pg_language WHERE oid >= 16384
  UNION ALL
  SELECT oid, 'FOREIGN DATA WRAPPER ' || quote_ident(fdwname), fdwacl, fdwowner, FALSE FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT oid, 'FOREIGN SERVER ' || quote_ident(srvname), srvacl, srvowner, FALSE FROM pg_foreign_server
), defaults AS (
  SELECT oid, defaclrole, defaclacl, coalesce((SELECT ' IN SCHEMA ' || quote_ident(nspname) FROM pg_namespace n WHERE n.oid = defaclnamespace), '') AS in_schema,
    CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS word,
    defaclobjtype IN ('f', 'T') AS public_has
  FROM pg_default_acl WHERE defaclnamespace = 0 OR defaclnamespace IN (SELECT oid FROM ns)
), statements AS (
  SELECT 1 AS rank, oid::bigint AS place, 0 AS part, 'CREATE SCHEMA ' || name AS ddl FROM ns WHERE nspname <> 'public'
  UNION ALL
  SELECT 2, e.oid, 0, format('CREATE EXTENSION %I WITH SCHEMA %I', extname, nspname)
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname <> 'plpgsql'
  UNION ALL
  -- Columns of pg_collation have other names in each version.
  SELECT 3, k.oid, 0, format('CREATE COLLATION %s.%I (provider = %s%s%s)', ns.name, collname,
    CASE collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
    CASE WHEN NOT collisdeterministic THEN ', deterministic = false' END,
    CASE WHEN coalesce(locale, libc_collate) = coalesce(libc_ctype, locale, libc_collate) THEN format(', locale = %L', coalesce(locale, libc_collate))
         ELSE format(', lc_collate = %L, lc_ctype = %L', libc_collate, libc_ctype) END || coalesce(', rules = ' || quote_literal(rules), ''))
  FROM pg_collation k JOIN ns ON ns.oid = k.collnamespace
  CROSS JOIN LATERAL (SELECT coalesce(to_jsonb(k) ->> 'colllocale', to_jsonb(k) ->> 'colliculocale') AS locale,
    to_jsonb(k) ->> 'collcollate' AS libc_collate, CASE collprovider WHEN 'c' THEN to_jsonb(k) ->> 'collctype' END AS libc_ctype,
    to_jsonb(k) ->> 'collicurules' AS rules) AS names
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_collation'::regclass AND objid = k.oid)
  UNION ALL
  SELECT 3, typ.oid, 0, format('CREATE TYPE %s AS ENUM (%s)', full_name,
    (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = typ.oid))
  FROM typ WHERE typtype = 'e'
  UNION ALL
  SELECT 4, typ.oid, 0, format('CREATE TYPE %s AS RANGE (SUBTYPE = %s%s%s%s%s%s)', full_name, format_type(r.rngsubtype, NULL),
    CASE WHEN NOT o.opcdefault THEN format(', SUBTYPE_OPCLASS = %I.%I', n.nspname, o.opcname) END,
    CASE WHEN rngcollation <> sub.typcollation THEN ', COLLATION =' || substr(collate_clause, 9) END,
    CASE WHEN rngcanonical <> 0 THEN ', CANONICAL = ' || rngcanonical END, CASE WHEN rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || rngsubdiff END,
    ', MULTIRANGE_TYPE_NAME = ' || rngmultitypid::regtype)
  FROM typ JOIN pg_range r ON r.rngtypid = typ.oid JOIN pg_type sub ON sub.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc
  JOIN pg_namespace n ON n.oid = o.opcnamespace LEFT JOIN collated ON collation_id = rngcollation WHERE typ.typtype = 'r'
  UNION ALL
  SELECT 4, typ.oid, 0, format('CREATE DOMAIN %s AS %s%s%s%s%s', full_name, format_type(typbasetype, typtypmod),
    (SELECT collate_clause FROM collated JOIN pg_type base ON base.oid = typ.typbasetype
     WHERE collation_id = typ.typcollation AND typ.typcollation <> base.typcollation),
    ' DEFAULT ' || typdefault, CASE WHEN typnotnull THEN ' NOT NULL' END,
    (SELECT string_agg(format(' CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)), '' ORDER BY conname)
     FROM pg_constraint k WHERE contypid = typ.oid AND contype = 'c'))
  FROM typ WHERE typtype = 'd'
  UNION ALL
  SELECT 5, typ.oid, 0, format('CREATE TYPE %s AS (%s)', typ.full_name,
    (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
       || CASE WHEN attcollation <> own.typcollation THEN collate_clause ELSE '' END, ', ' ORDER BY attnum)
     FROM pg_attribute JOIN pg_type own ON own.oid = atttypid LEFT JOIN collated ON collation_id = attcollation
     WHERE attrelid = typ.typrelid AND attnum > 0 AND NOT attisdropped))
  FROM typ JOIN pg_class c ON c.oid = typ.typrelid WHERE typtype = 'c' AND c.relkind = 'c'
  UNION ALL
  SELECT 6, oid, 0, 'CREATE SEQUENCE ' || full_name || ' ' || clauses FROM seq
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = seq.oid AND deptype = 'i')
  UNION ALL
  SELECT 7, oid, 0, pg_get_functiondef(oid) FROM fun WHERE prokind <> 'a'
  UNION ALL
  SELECT 8, fun.oid, 0, format('CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s%s%s%s%s%s%s%s%s)', full_name,
    CASE WHEN pronargs = 0 THEN '*' ELSE pg_get_function_arguments(fun.oid) END, aggtransfn, format_type(aggtranstype, NULL),
    ', SSPACE = ' || nullif(aggtransspace, 0),
    CASE WHEN aggfinalfn <> 0 THEN format(', FINALFUNC = %s', aggfinalfn) END || CASE WHEN aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END
      || CASE WHEN aggfinalmodify = CASE aggkind WHEN 'n' THEN 'r' ELSE 'w' END THEN '' ELSE ', FINALFUNC_MODIFY = '
           || CASE aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
    ', INITCOND = ' || quote_literal(agginitval),
    CASE WHEN aggcombinefn <> 0 THEN format(', COMBINEFUNC = %s', aggcombinefn) END,
    CASE WHEN aggserialfn <> 0 THEN format(', SERIALFUNC = %s, DESERIALFUNC = %s', aggserialfn, aggdeserialfn) END,
    CASE WHEN aggmtransfn <> 0 THEN format(', MSFUNC = %s, MINVFUNC = %s, MSTYPE = %s%s%s%s', aggmtransfn, aggminvtransfn, format_type(aggmtranstype, NULL),
      ', MSSPACE = ' || nullif(aggmtransspace, 0), CASE WHEN aggmfinalfn <> 0 THEN format(', MFINALFUNC = %s', aggmfinalfn) END
      || CASE WHEN aggmfinalextra THEN ', MFINALFUNC_EXTRA' ELSE '' END, ', MINITCOND = ' || quote_literal(aggminitval)) END,
    (SELECT format(', SORTOP = OPERATOR(%I.%s)', n.nspname, oprname) FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = aggsortop),
    CASE WHEN aggkind = 'h' THEN ', HYPOTHETICAL' END,
    CASE proparallel WHEN 's' THEN ', PARALLEL = safe' WHEN 'r' THEN ', PARALLEL = restricted' END)
  FROM fun JOIN pg_aggregate g ON g.aggfnoid = fun.oid WHERE prokind = 'a'
  UNION ALL
  SELECT 8, c.oid, 1, format('CREATE CAST (%s AS %s) %s%s', castsource::regtype, casttarget::regtype,
    CASE castmethod WHEN 'f' THEN 'WITH FUNCTION ' || castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
    CASE castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END)
  FROM pg_cast c WHERE c.oid >= 16384
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_cast'::regclass AND objid = c.oid AND deptype IN ('e', 'i'))
  UNION ALL
  SELECT 8, o.oid, 2, format('CREATE OPERATOR %s.%s (FUNCTION = %s%s%s%s%s%s%s%s%s)', ns.name, oprname, oprcode,
    CASE WHEN oprleft <> 0 THEN ', LEFTARG = ' || oprleft::regtype END, CASE WHEN oprright <> 0 THEN ', RIGHTARG = ' || oprright::regtype END,
    (SELECT format(', COMMUTATOR = OPERATOR(%I.%s)', n.nspname, x.oprname) FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = o.oprcom),
    (SELECT format(', NEGATOR = OPERATOR(%I.%s)', n.nspname, x.oprname) FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace WHERE x.oid = o.oprnegate),
    CASE WHEN oprrest <> 0 THEN ', RESTRICT = ' || oprrest END, CASE WHEN oprjoin <> 0 THEN ', JOIN = ' || oprjoin END,
    CASE WHEN oprcanhash THEN ', HASHES' END, CASE WHEN oprcanmerge THEN ', MERGES' END)
  FROM pg_operator o JOIN ns ON ns.oid = o.oprnamespace
  WHERE oprcode <> 0 AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_operator'::regclass AND objid = o.oid)
  UNION ALL
  SELECT 8, oid, 3, format('CREATE OPERATOR FAMILY %s USING %I', full_name, amname) FROM opf
  UNION ALL
  SELECT 8, opc.oid, 4, format('CREATE OPERATOR CLASS %s %sFOR TYPE %s USING %I FAMILY %I.%I AS %s', full_name,
    CASE WHEN opcdefault THEN 'DEFAULT ' END, format_type(opcintype, NULL), opc.amname, n.nspname, f.opfname,
    coalesce((SELECT string_agg(definition, ', ' ORDER BY kind, number, member.oid) FROM member WHERE refclassid = 'pg_opclass'::regclass AND refobjid = opc.oid)
             || CASE WHEN opckeytype <> 0 THEN ', ' ELSE '' END, CASE WHEN opckeytype = 0 THEN 'STORAGE ' || format_type(opcintype, NULL) ELSE '' END)
      || CASE WHEN opckeytype <> 0 THEN 'STORAGE ' || format_type(opckeytype, NULL) ELSE '' END)
  FROM opc JOIN pg_opfamily f ON f.oid = opcfamily JOIN pg_namespace n ON n.oid = f.opfnamespace
  UNION ALL
  SELECT 8, opf.oid, 5, format('ALTER OPERATOR FAMILY %s USING %I ADD %s', full_name, amname, string_agg(definition, ', ' ORDER BY kind, number, member.oid))
  FROM opf JOIN member ON refclassid = 'pg_opfamily'::regclass AND refobjid = opf.oid GROUP BY opf.oid, full_name, amname
  UNION ALL
  SELECT 8, p.oid, 6, format('CREATE TEXT SEARCH PARSER %s.%I (START = %s, GETTOKEN = %s, END = %s, LEXTYPES = %s%s)', ns.name, prsname,
    prsstart, prstoken, prsend, prslextype, CASE WHEN prsheadline <> 0 THEN format(', HEADLINE = %s', prsheadline) END)
  FROM pg_ts_parser p JOIN ns ON ns.oid = p.prsnamespace WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_ts_parser'::regclass AND objid = p.oid)
  UNION ALL
  SELECT 8, t.oid, 7, format('CREATE TEXT SEARCH TEMPLATE %s.%I (%sLEXIZE = %s)', ns.name, tmplname,
    CASE WHEN tmplinit <> 0 THEN format('INIT = %s, ', tmplinit) END, tmpllexize)
  FROM pg_ts_template t JOIN ns ON ns.oid = t.tmplnamespace WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_ts_template'::regclass AND objid = t.oid)
  UNION ALL
  SELECT 8, d.oid, 8, format('CREATE TEXT SEARCH DICTIONARY %s.%I (TEMPLATE = %I.%I%s)', ns.name, dictname, tn.nspname, tmplname, ', ' || dictinitoption)
  FROM pg_ts_dict d JOIN ns ON ns.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_ts_dict'::regclass AND objid = d.oid)
  UNION ALL
  SELECT 8, tsc.oid, 9, format('CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %I.%I)', full_name, n.nspname, prsname)
  FROM tsc JOIN pg_ts_parser p ON p.oid = cfgparser JOIN pg_namespace n ON n.oid = p.prsnamespace
  UNION ALL
  SELECT 8, tsc.oid, 10, format('ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %I WITH %s', full_name, t.alias,
    (SELECT string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno) FROM pg_ts_config_map WHERE mapcfg = tsc.oid AND maptokentype = t.tokid))
  FROM tsc CROSS JOIN LATERAL ts_token_type(cfgparser) t
  WHERE EXISTS (SELECT FROM pg_ts_config_map WHERE mapcfg = tsc.oid AND maptokentype = t.tokid)
  UNION ALL
  SELECT 8, c.oid, 11, format('CREATE %sCONVERSION %s.%I FOR %L TO %L FROM %s', CASE WHEN condefault THEN 'DEFAULT ' END, ns.name, conname,
    pg_encoding_to_char(conforencoding), pg_encoding_to_char(contoencoding), conproc)
  FROM pg_conversion c JOIN ns ON ns.oid = c.connamespace WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_conversion'::regclass AND objid = c.oid)
  UNION ALL
  SELECT 8, a.oid, 12, format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', amname, CASE amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, amhandler)
  FROM pg_am a WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_am'::regclass AND objid = a.oid)
  UNION ALL
  SELECT 8, l.oid, 13, format('CREATE %sLANGUAGE %I HANDLER %s%s%s', CASE WHEN lanpltrusted THEN 'TRUSTED ' END, lanname, lanplcallfoid::regproc,
    CASE WHEN laninline <> 0 THEN ' INLINE ' || laninline::regproc END, CASE WHEN lanvalidator <> 0 THEN ' VALIDATOR ' || lanvalidator::regproc END)
  FROM pg_language l WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_language'::regclass AND objid = l.oid)
  UNION ALL
  SELECT 8, t.oid, 14, format('CREATE TRANSFORM FOR %s LANGUAGE %I (%s)', format_type(trftype, NULL), lanname, concat_ws(', ',
    CASE WHEN trffromsql <> 0 THEN 'FROM SQL WITH FUNCTION ' || trffromsql::regprocedure END,
    CASE WHEN trftosql <> 0 THEN 'TO SQL WITH FUNCTION ' || trftosql::regprocedure END))
  FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_transform'::regclass AND objid = t.oid)
  UNION ALL
  SELECT 8, w.oid, 15, format('CREATE FOREIGN DATA WRAPPER %I%s%s%s', fdwname, CASE WHEN fdwhandler <> 0 THEN ' HANDLER ' || fdwhandler::regproc END,
    CASE WHEN fdwvalidator <> 0 THEN ' VALIDATOR ' || fdwvalidator::regproc END, clause)
  FROM pg_foreign_data_wrapper w LEFT JOIN options ON kind = 'w' AND place = w.oid
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_foreign_data_wrapper'::regclass AND objid = w.oid)
  UNION ALL
  SELECT 8, s.oid, 16, format('CREATE SERVER %I%s%s FOREIGN DATA WRAPPER %I%s', srvname, ' TYPE ' || quote_literal(srvtype),
    ' VERSION ' || quote_literal(srvversion), fdwname, clause)
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw LEFT JOIN options ON kind = 's' AND place = s.oid
  WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_foreign_server'::regclass AND objid = s.oid)
  UNION ALL
  SELECT 8, umid, 17, format('CREATE USER MAPPING FOR %s SERVER %I%s', CASE umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname, clause)
  FROM pg_user_mappings LEFT JOIN options ON kind = 'u' AND place = umid
  UNION ALL
  SELECT 9, rel.oid, 1, format('CREATE FOREIGN TABLE %s (%s)%s SERVER %I%s', full_name, concat_ws(', ',
    (SELECT string_agg(definition, ', ' ORDER BY attnum) FROM col WHERE attrelid = rel.oid),
    (SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)), ', ' ORDER BY conname) FROM pg_constraint k
     WHERE conrelid = rel.oid AND contype = 'c' AND conislocal)),
    (SELECT ' INHERITS (' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) || ')' FROM pg_inherits WHERE inhrelid = rel.oid),
    srvname, clause)
  FROM rel JOIN pg_foreign_table f ON ftrelid = rel.oid JOIN pg_foreign_server s ON s.oid = ftserver LEFT JOIN options ON kind = 't' AND place = rel.oid
  UNION ALL
  SELECT 9, rel.oid, 0, format('CREATE %sTABLE %s (%s)%s%s%s%s', CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' END, full_name,
    (SELECT string_agg(definition, ', ' ORDER BY attnum) FROM col WHERE attrelid = rel.oid),
    (SELECT ' INHERITS (' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) || ')' FROM pg_inherits
     WHERE inhrelid = rel.oid AND NOT rel.relispartition),
    ' PARTITION BY ' || pg_get_partkeydef(rel.oid),
    (SELECT ' USING ' || quote_ident(amname) FROM pg_am WHERE pg_am.oid = relam AND amname <> 'heap'), ' WITH (' || array_to_string(reloptions, ', ') || ')')
  FROM rel WHERE relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STATISTICS %s', full_name, attname, attstattarget)
  FROM col JOIN rel ON rel.oid = attrelid WHERE attstattarget >= 0 AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STORAGE %s', full_name, attname,
    CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
  FROM col JOIN rel ON rel.oid = attrelid WHERE attstorage <> typstorage AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET COMPRESSION %s', full_name, attname,
    CASE attcompression WHEN 'l' THEN 'lz4' ELSE 'pglz' END)
  FROM col JOIN rel ON rel.oid = attrelid WHERE attcompression <> '' AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET (%s)', full_name, attname, array_to_string(attoptions, ', '))
  FROM col JOIN rel ON rel.oid = attrelid WHERE attoptions IS NOT NULL AND relkind IN ('r', 'p')
  UNION ALL
  SELECT CASE contype WHEN 'f' THEN 15 ELSE 11 END, k.oid, 0,
    format('ALTER TABLE %s%s ADD CONSTRAINT %I %s', CASE WHEN contype <> 'c' THEN 'ONLY ' END, full_name, conname,
           pg_get_constraintdef(k.oid))
  FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid
  WHERE contype IN ('p', 'u', 'c', 'x', 'f') AND relkind IN ('r', 'p')
    AND (conislocal OR (relispartition AND contype <> 'f')) AND (contype <> 'f' OR conparentid = 0)
  UNION ALL
  SELECT 12, rel.oid, 0, format('ALTER INDEX %s SET (%s)', full_name, array_to_string(reloptions, ', '))
  FROM rel JOIN pg_constraint k ON k.conindid = rel.oid AND k.contype IN ('p', 'u', 'x') WHERE reloptions IS NOT NULL
  UNION ALL
  SELECT CASE t.relkind WHEN 'm' THEN 17 ELSE 12 END, i.indexrelid, 0, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN rel ON rel.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT CASE t.relkind WHEN 'm' THEN 17 ELSE 12 END, i.indexrelid, 1, format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s',
    full_name, attnum, attstattarget)
  FROM pg_index i JOIN rel ON rel.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = rel.oid
  WHERE attstattarget >= 0
  UNION ALL
  SELECT 13, h.inhrelid, 0, format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', h.inhparent::regclass, full_name,
    pg_get_expr(rel.relpartbound, rel.oid))
  FROM pg_inherits h JOIN rel ON rel.oid = h.inhrelid WHERE rel.relispartition AND rel.relkind IN ('r', 'p')
  UNION ALL
  SELECT 13, rel.oid, 1, format('ALTER TABLE ONLY %s OF %s', full_name, format_type(reloftype, NULL))
  FROM rel WHERE reloftype <> 0 AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 14, seq.oid, 0, format('ALTER SEQUENCE %s OWNED BY %s.%I', seq.full_name, d.refobjid::regclass, a.attname)
  FROM seq JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = seq.oid AND d.deptype = 'a'
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  UNION ALL
  SELECT 16, oid, 0, format('CREATE %sVIEW %s%s AS %s', CASE relkind WHEN 'm' THEN 'MATERIALIZED ' END, full_name,
    ' WITH (' || array_to_string(reloptions, ', ') || ')', rtrim(pg_get_viewdef(oid), ';'))
  FROM rel WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT 17, attrelid, attnum, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', full_name, attname, pg_get_expr(adbin, adrelid))
  FROM rel JOIN pg_attrdef ON adrelid = rel.oid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE relkind = 'v'
  UNION ALL
  SELECT 18, t.oid, 0, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid
  WHERE NOT tgisinternal AND tgparentid = 0 AND tgname !~ '^(zzz|AAA)_emcee'
  UNION ALL
  SELECT 19, t.oid, 0, format('ALTER TABLE %s %s TRIGGER %I', full_name,
    CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, tgname)
  FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid
  WHERE NOT tgisinternal AND tgparentid = 0 AND tgname !~ '^(zzz|AAA)_emcee' AND tgenabled <> 'O'
  UNION ALL
  SELECT 20, r.oid, 0, rtrim(pg_get_ruledef(r.oid), ';') FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE rulename <> '_RETURN'
  UNION ALL
  SELECT 21, oid, 0, format('ALTER TABLE %s %s ROW LEVEL SECURITY', full_name, word)
  FROM rel CROSS JOIN LATERAL (VALUES ('ENABLE', relrowsecurity), ('FORCE', relforcerowsecurity)) AS security(word, is_on) WHERE is_on
  UNION ALL
  SELECT 21, oid, 1, format('ALTER TABLE %s REPLICA IDENTITY %s', full_name, CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
    ELSE 'USING INDEX ' || (SELECT quote_ident(relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE indrelid = rel.oid AND indisreplident) END)
  FROM rel WHERE relreplident IN ('f', 'n', 'i') AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 21, rel.oid, 2, format('ALTER TABLE %s CLUSTER ON %I', full_name, c.relname)
  FROM rel JOIN pg_index i ON i.indrelid = rel.oid JOIN pg_class c ON c.oid = i.indexrelid WHERE indisclustered
  UNION ALL
  SELECT 22, p.oid, 0, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', polname, full_name,
    CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
    CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    (SELECT string_agg(CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END, ', ') FROM unnest(polroles) o),
    ' USING (' || pg_get_expr(polqual, polrelid) || ')', ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
  FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
  UNION ALL
  SELECT 23, s.oid, 0, pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace
  UNION ALL
  SELECT 23, s.oid, 1, format('ALTER STATISTICS %s.%I SET STATISTICS %s', ns.name, stxname, stxstattarget)
  FROM pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace WHERE stxstattarget >= 0
  UNION ALL
  SELECT 24, e.oid, 0, format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', evtname, evtevent,
    (SELECT ' WHEN TAG IN (' || string_agg(quote_literal(tag), ', ') || ')' FROM unnest(evttags) tag), evtfoid::regproc)
  FROM pg_event_trigger e WHERE evtname !~ '^zzz_emcee'
    AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid)
  UNION ALL
  SELECT 24, oid, 1, format('ALTER EVENT TRIGGER %I %s', evtname, CASE evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END)
  FROM pg_event_trigger e WHERE evtname !~ '^zzz_emcee' AND evtenabled <> 'O'
    AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid)
  UNION ALL
  -- Schemas of a publication, its columns and its filters came with version 15: the catalogues of today are not named.
  SELECT 24, p.oid, 2, format('CREATE PUBLICATION %I%s WITH (publish = %L%s%s)', pubname,
    CASE WHEN puballtables THEN ' FOR ALL TABLES' ELSE ' FOR ' || nullif(concat_ws(', ',
      (SELECT string_agg(format('TABLE %s%s%s', full_name,
         (SELECT ' (' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || ')' FROM jsonb_array_elements_text(
            CASE jsonb_typeof(to_jsonb(r) -> 'prattrs') WHEN 'array' THEN to_jsonb(r) -> 'prattrs' END) AS number
          JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum = number::int),
         (SELECT format(' WHERE (%s)', to_jsonb(x) ->> 'rowfilter') FROM pg_publication_tables x
          WHERE x.pubname = p.pubname AND x.schemaname = rel.relnamespace::regnamespace::text AND x.tablename = rel.relname
            AND to_jsonb(x) ->> 'rowfilter' IS NOT NULL)), ', ' ORDER BY full_name)
       FROM pg_publication_rel r JOIN rel ON rel.oid = r.prrelid WHERE prpubid = p.oid),
      (SELECT 'TABLES IN SCHEMA ' || string_agg(quote_ident(nspname), ', ' ORDER BY nspname)
       FROM pg_depend d JOIN pg_depend e ON e.classid = d.classid AND e.objid = d.objid AND e.refclassid = 'pg_namespace'::regclass
       JOIN pg_namespace n ON n.oid = e.refobjid WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid)), '') END,
    array_to_string(ARRAY[CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END, CASE WHEN pubdelete THEN 'delete' END,
      CASE WHEN pubtruncate THEN 'truncate' END], ', '),
    CASE WHEN pubviaroot THEN ', publish_via_partition_root = true' END,
    CASE WHEN to_jsonb(p) ->> 'pubgencols' = 's' THEN ', publish_generated_columns = stored' END)
  FROM pg_publication p WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_publication'::regclass AND objid = p.oid)
  UNION ALL
  -- Where it connects to is not for everybody to see, and may hold a password.
  SELECT 24, s.oid, 3, format('CREATE SUBSCRIPTION %I CONNECTION '''' PUBLICATION %s WITH (slot_name = %s%s%s%s)', subname,
    (SELECT string_agg(quote_ident(name), ', ') FROM unnest(subpublications) name), coalesce(quote_literal(subslotname), 'NONE'),
    CASE WHEN subbinary THEN ', binary = true' END,
    CASE stream WHEN 't' THEN ', streaming = on' WHEN 'true' THEN ', streaming = on' WHEN 'p' THEN ', streaming = parallel' END,
    CASE WHEN subsynccommit <> 'off' THEN format(', synchronous_commit = %L', subsynccommit) END)
  FROM (SELECT *, substream::text AS stream FROM (SELECT oid, subdbid, subname, subpublications, subslotname, subbinary, substream, subsynccommit
        FROM pg_subscription) readable) s WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION ALL
  SELECT 25, d.objoid, d.objsubid, format('COMMENT ON %s %s IS %L', CASE WHEN i.type = 'type' AND d.objoid IN (SELECT oid FROM typ WHERE typtype = 'd') THEN 'DOMAIN' WHEN i.type LIKE '%column' THEN 'COLUMN' WHEN i.type = 'table constraint' THEN 'CONSTRAINT' WHEN i.type = 'statistics object' THEN 'STATISTICS'
      WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER' WHEN i.type = 'domain constraint' THEN 'CONSTRAINT' ELSE upper(i.type) END,
      CASE i.type WHEN 'domain constraint' THEN regexp_replace(i.identity, ' on ', ' ON DOMAIN ') ELSE i.identity END, d.description)
  FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  WHERE i.type NOT IN ('extension', 'database', 'large object', 'transform')
    AND (i.schema IN (SELECT nspname FROM ns) OR (i.type = 'schema' AND i.name IN (SELECT name FROM ns) AND d.description <> 'standard public schema')
         OR (i.schema IS NULL AND i.type IN ('access method', 'cast', 'language', 'foreign-data wrapper', 'server', 'publication', 'subscription', 'event trigger')
             AND d.objoid >= 16384)
         OR (i.type IN ('table constraint', 'trigger', 'policy', 'rule') AND d.objoid IN
               (SELECT k.oid FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid UNION ALL
                SELECT t.oid FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid UNION ALL
                SELECT r.oid FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class UNION ALL
                SELECT p.oid FROM pg_policy p JOIN rel ON rel.oid = p.polrelid))
         OR (i.type = 'domain constraint' AND d.objoid IN (SELECT k.oid FROM pg_constraint k JOIN typ ON typ.oid = k.contypid)))
    AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = d.classoid AND ext.objid = d.objoid)
  UNION ALL
  SELECT 26, rel.oid, 0, format('GRANT %s ON %s %s TO %s%s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type),
    CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, full_name,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM rel CROSS JOIN LATERAL aclexplode(relacl) a WHERE a.grantee <> relowner AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  GROUP BY rel.oid, relkind, full_name, a.grantee, a.is_grantable
  UNION ALL
  SELECT 26, a.oid, attnum, format('GRANT %s (%I) ON TABLE %s TO %s%s', g.privilege_type, attname, full_name,
    CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM (SELECT rel.oid, full_name, relowner, attnum, attname, attacl FROM pg_attribute JOIN rel ON rel.oid = attrelid
        WHERE attacl IS NOT NULL AND NOT attisdropped) a
  CROSS JOIN LATERAL aclexplode(attacl) g WHERE g.grantee <> relowner
  UNION ALL
  SELECT 27, own.oid, 0, format('GRANT %s ON %s TO %s%s', a.privilege_type, object,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM own CROSS JOIN LATERAL aclexplode(acl) a WHERE a.grantee <> owner
  UNION ALL
  SELECT 27, own.oid, 1, format('REVOKE ALL ON %s FROM PUBLIC', object) FROM own
  WHERE acl IS NOT NULL AND has_public AND NOT EXISTS (SELECT FROM aclexplode(acl) WHERE grantee = 0)
  UNION ALL
  SELECT 28, d.oid, 0, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s', pg_get_userbyid(defaclrole), in_schema,
    string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), word, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM defaults d CROSS JOIN LATERAL aclexplode(defaclacl) a
  WHERE (a.grantee <> defaclrole OR in_schema <> '') AND NOT (a.grantee = 0 AND public_has AND in_schema = '')
  GROUP BY d.oid, defaclrole, in_schema, word, a.grantee, a.is_grantable
  UNION ALL
  SELECT 28, d.oid, 1, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC', pg_get_userbyid(defaclrole), word)
  FROM defaults d WHERE public_has AND in_schema = '' AND NOT EXISTS (SELECT FROM aclexplode(defaclacl) WHERE grantee = 0)
)
SELECT ddl FROM statements WHERE ddl IS NOT NULL ORDER BY rank, place, part, ddl)sql";
}

}  // namespace emcee::postgres
