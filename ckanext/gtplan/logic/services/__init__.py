"""The directory of services: what is indexed of the inventories, searched and shown."""
