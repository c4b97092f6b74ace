"""The Perfil Regional de Metadatos (PRM) 1.0: table, code lists, records, data.json."""
