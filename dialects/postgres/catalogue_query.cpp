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
), col AS (
  SELECT a.attrelid, a.attnum, a.attname, a.attstattarget, a.attoptions, a.attstorage, a.attcompression, t.typstorage,
    quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
         THEN (SELECT ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(k.collname)
               FROM pg_collation k JOIN pg_namespace cn ON cn.oid = k.collnamespace WHERE k.oid = a.attcollation) ELSE '' END
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
), statements AS (
  SELECT 1 AS rank, oid::bigint AS place, 0 AS part, 'CREATE SCHEMA ' || name AS ddl FROM ns WHERE nspname <> 'public'
  UNION ALL
  SELECT 2, e.oid, 0, format('CREATE EXTENSION %I WITH SCHEMA %I', extname, nspname)
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname <> 'plpgsql'
  UNION ALL
  SELECT 3, typ.oid, 0, format('CREATE TYPE %s AS ENUM (%s)', full_name,
    (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = typ.oid))
  FROM typ WHERE typtype = 'e'
  UNION ALL
  SELECT 4, typ.oid, 0, format('CREATE TYPE %s AS RANGE (SUBTYPE = %s)', full_name, format_type(r.rngsubtype, NULL))
  FROM typ JOIN pg_range r ON r.rngtypid = typ.oid WHERE typtype = 'r'
  UNION ALL
  SELECT 4, typ.oid, 0, format('CREATE DOMAIN %s AS %s%s%s%s', full_name, format_type(typbasetype, typtypmod),
    ' DEFAULT ' || typdefault, CASE WHEN typnotnull THEN ' NOT NULL' END,
    (SELECT string_agg(format(' CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)), '' ORDER BY conname)
     FROM pg_constraint k WHERE contypid = typ.oid AND contype = 'c'))
  FROM typ WHERE typtype = 'd'
  UNION ALL
  SELECT 5, typ.oid, 0, format('CREATE TYPE %s AS (%s)', typ.full_name,
    (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = typ.typrelid AND attnum > 0 AND NOT attisdropped))
  FROM typ JOIN pg_class c ON c.oid = typ.typrelid WHERE typtype = 'c' AND c.relkind = 'c'
  UNION ALL
  SELECT 6, oid, 0, 'CREATE SEQUENCE ' || full_name || ' ' || clauses FROM seq
  WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = seq.oid AND deptype = 'i')
  UNION ALL
  SELECT 7, oid, 0, pg_get_functiondef(oid) FROM fun WHERE prokind <> 'a'
  UNION ALL
  SELECT 8, fun.oid, 0, format('CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s%s%s%s)', full_name,
    CASE WHEN pronargs = 0 THEN '*' ELSE pg_get_function_arguments(fun.oid) END, aggtransfn, format_type(aggtranstype, NULL),
    CASE WHEN aggfinalfn <> 0 THEN format(', FINALFUNC = %s', aggfinalfn) END, ', INITCOND = ' || quote_literal(agginitval),
    CASE WHEN aggcombinefn <> 0 THEN format(', COMBINEFUNC = %s', aggcombinefn) END,
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
  SELECT 9, rel.oid, 0, format('CREATE %sTABLE %s (%s)%s%s%s', CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' END, full_name,
    (SELECT string_agg(definition, ', ' ORDER BY attnum) FROM col WHERE attrelid = rel.oid),
    (SELECT ' INHERITS (' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) || ')' FROM pg_inherits
     WHERE inhrelid = rel.oid AND NOT rel.relispartition),
    ' PARTITION BY ' || pg_get_partkeydef(rel.oid), ' WITH (' || array_to_string(reloptions, ', ') || ')')
  FROM rel WHERE relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STATISTICS %s', full_name, attname, attstattarget)
  FROM col JOIN rel ON rel.oid = attrelid WHERE attstattarget >= 0 AND relkind IN ('r', 'p')
  UNION ALL
  SELECT 10, attrelid, attnum, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STORAGE %s', full_name, attname,
    CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
  FROM col JOIN rel ON rel.oid = attrelid WHERE attstorage <> typstorage AND relkind IN ('r', 'p')
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
  SELECT 14, seq.oid, 0, format('ALTER SEQUENCE %s OWNED BY %s.%I', seq.full_name, d.refobjid::regclass, a.attname)
  FROM seq JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = seq.oid AND d.deptype = 'a'
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  UNION ALL
  SELECT 16, oid, 0, format('CREATE %sVIEW %s%s AS %s', CASE relkind WHEN 'm' THEN 'MATERIALIZED ' END, full_name,
    ' WITH (' || array_to_string(reloptions, ', ') || ')', rtrim(pg_get_viewdef(oid), ';'))
  FROM rel WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT 18, t.oid, 0, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid
  WHERE NOT tgisinternal AND tgparentid = 0 AND tgname !~ '^zzz_emcee'
  UNION ALL
  SELECT 19, t.oid, 0, format('ALTER TABLE %s %s TRIGGER %I', full_name,
    CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, tgname)
  FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid
  WHERE NOT tgisinternal AND tgparentid = 0 AND tgname !~ '^zzz_emcee' AND tgenabled <> 'O'
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
  SELECT 24, e.oid, 0, format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', evtname, evtevent,
    (SELECT ' WHEN TAG IN (' || string_agg(quote_literal(tag), ', ') || ')' FROM unnest(evttags) tag), evtfoid::regproc)
  FROM pg_event_trigger e WHERE evtname !~ '^zzz_emcee'
  UNION ALL
  SELECT 25, d.objoid, d.objsubid, format('COMMENT ON %s %s IS %L', upper(CASE i.type WHEN 'table column' THEN 'column' WHEN 'view column' THEN 'column'
      WHEN 'table constraint' THEN 'constraint' ELSE i.type END), i.identity, d.description)
  FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  WHERE i.type IN ('table', 'table column', 'view', 'view column', 'materialized view', 'index', 'sequence', 'table constraint', 'trigger', 'type',
                   'function', 'procedure', 'aggregate', 'schema', 'policy')
    AND (i.schema IN (SELECT nspname FROM ns) OR (i.type = 'schema' AND i.name IN (SELECT name FROM ns WHERE nspname <> 'public'))
         OR (i.type IN ('table constraint', 'trigger', 'policy') AND d.objoid IN
               (SELECT k.oid FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid UNION ALL
                SELECT t.oid FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid UNION ALL
                SELECT p.oid FROM pg_policy p JOIN rel ON rel.oid = p.polrelid)))
    AND NOT EXISTS (SELECT FROM ext WHERE ext.classid = d.classoid AND ext.objid = d.objoid)
  UNION ALL
  SELECT 26, rel.oid, 0, format('GRANT %s ON %s %s TO %s%s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type),
    CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, full_name,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM rel CROSS JOIN LATERAL aclexplode(relacl) a WHERE a.grantee <> relowner AND relkind IN ('r', 'p', 'v', 'm', 'S')
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
)
SELECT ddl FROM statements WHERE ddl IS NOT NULL ORDER BY rank, place, part, ddl)sql";
}

}  // namespace emcee::postgres
