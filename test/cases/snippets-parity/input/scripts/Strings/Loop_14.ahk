Loop 14 {
    Send "14"
}
