/* Empty: foreign-function interfaces know these types, and cannot read the system's own headers. */
